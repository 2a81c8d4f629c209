"""Counts the orders of customers that are not blocked."""

import sys

# Lengths of the list of blocked customers.
SIZES = (10, 100, 1_000, 10_000, 100_000)


def prepare(n):
    """The orders' customers, and the text of a file that lists n blocked ones."""
    customers = [f"c{(i * 7919) % (2 * n)}" for i in range(2000)]
    return customers, "\n".join(f"c{i}" for i in range(0, 2 * n, 2))


def work(customers, text):
    blocked = set(text.split())
    kept = 0
    for customer in customers:
        if customer not in blocked:  # hot 20% blocked=set[str]:5000 customer=str
            kept += 1
    return kept


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)))
