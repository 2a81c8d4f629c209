"""Lists the customers of a day in the order of their first visit."""

import sys

# How many customers there are.
SIZES = (50, 500, 5_000)


def prepare(n):
    return ([f"customer {i * 7919 % n}" for i in range(2 * n)],)


def work(visits):
    customers = []
    for customer in visits:
        if customer not in customers:  # hot 97% customers=list[str]:0..5000 customer=str
            customers.append(customer)
    return len(customers), customers[:3]


if __name__ == "__main__":
    print(*work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)))
