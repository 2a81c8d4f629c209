"""Puts the lines of many orders into one list and weighs it."""

import itertools
import sys

# Orders.
SIZES = (50, 500, 5_000)


def prepare(count):
    return ([[order * 31 % 101, order * 17 % 97, order % 7, order % 5] for order in range(count)],)


def work(orders):
    lines = list(itertools.chain.from_iterable(orders))  # hot 60% orders=list[list]:3000
    return len(lines) * 1_000 + sum(lines[::40]) % 1_000


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000)))
