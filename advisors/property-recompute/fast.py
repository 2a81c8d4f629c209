"""Tells what part of its basket each item is."""

import sys
from functools import cached_property

# Items in the basket.
SIZES = (10, 100, 1_000)


class Basket:
    def __init__(self, prices):
        self.prices = prices

    @cached_property
    def total(self):
        return sum(price for price in self.prices if price > 0)


def shares(basket):
    parts = []
    for price in basket.prices:
        parts.append(price / basket.total)  # hot 60% on "basket.total"
    return parts


def work(n):
    return sum(shares(Basket([7 + i * 13 % 101 for i in range(n)])))


if __name__ == "__main__":
    print(round(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), 6))
