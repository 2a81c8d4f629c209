"""Adds up what the orders of each country are worth."""

import sys

# Customers, among whom that of each order is looked for.
SIZES = (20, 200, 2_000)


class Customer:
    def __init__(self, number, country):
        self.number = number
        self.country = country


def prepare(n):
    customers = [Customer(i, "ABCD"[i % 4]) for i in range(n)]
    return [(i * 7919 % n, i % 13) for i in range(1_000)], customers


def work(orders, customers):
    by_number = {}
    for customer in customers:
        by_number.setdefault(customer.number, []).append(customer)
    worth = {}
    for number, price in orders:
        for customer in by_number.get(number, ()):  # hot 40%
            worth[customer.country] = worth.get(customer.country, 0) + price
    return worth


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)))
