"""Reads stock levels and adds up what they are worth."""

import sys

# Rows.
SIZES = (150_000,)


class Level:
    __slots__ = ("item", "stock", "cents")

    def __init__(self, item, stock, cents):
        self.item = item
        self.stock = stock
        self.cents = cents


def work(n):
    rows = []
    for i in range(n):
        rows.append(Level(i, i % 97, i * 37 % 5_000))  # hot 60% on "Level(i, i % 97, i * 37 % 5_000)" rows=list[Level]:0..150000
    return sum(row.stock * row.cents for row in rows)


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000))
