"""Grows amounts at a rate of interest over a number of years."""

import sys

# Years.
SIZES = (10, 100, 1_000)


def factor(years, percent):
    grown = 1.0
    for year in range(years):
        grown = grown + grown * percent / 100
    return grown


def grow(amounts, years, percent):
    total = 0.0
    grown = factor(years, percent)
    for amount in amounts:
        total += amount * grown  # hot 60%
    return total


def work(n):
    return grow(range(1_000), n, 0.25)


if __name__ == "__main__":
    print(round(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), 3))
