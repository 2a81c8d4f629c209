"""Adds up orders that come as mappings or as objects."""

from collections.abc import Mapping

# What is asked for first: 1 is a dict, 2 a class.
SIZES = (1, 2)


class Order:
    def __init__(self, cents):
        self.cents = cents

    def price(self):
        return self.cents


def mappings(rows):
    total = 0
    for row in rows:
        if isinstance(row, (dict, Mapping)):  # hot 20% row=dict:2
            total += row["cents"]
    return total


def objects(rows):
    total = 0
    for row in rows:
        if isinstance(row, Order):  # hot 20% row=Order
            total += row.cents
    return total


def prepare(kind):
    if kind == 1:
        return [{"id": i, "cents": i * 37 % 5_000} for i in range(50_000)], mappings
    return [Order(i * 37 % 5_000) for i in range(10_000)], objects


def work(rows, added):
    return added(rows)


if __name__ == "__main__":
    print(work(*prepare(1)), work(*prepare(2)))
