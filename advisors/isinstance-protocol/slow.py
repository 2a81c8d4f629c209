"""Adds up orders that come as mappings or as objects."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

# What is asked for: 1 is an abstract class, 2 a protocol.
SIZES = (1, 2)


@runtime_checkable
class Priced(Protocol):
    def price(self):
        ...


class Order:
    def __init__(self, cents):
        self.cents = cents

    def price(self):
        return self.cents


def mappings(rows):
    total = 0
    for row in rows:
        if isinstance(row, Mapping):  # hot 60% self 20% calls "abc:ABCMeta.__instancecheck__" 50% direct row=dict:2
            total += row["cents"]
    return total


def objects(rows):
    total = 0
    for row in rows:
        if isinstance(row, Priced):  # hot 90% self 2% calls "typing:_ProtocolMeta.__instancecheck__" 88% direct row=Order
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
