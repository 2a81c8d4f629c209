"""Grows amounts at a rate of interest over a number of years."""

import sys

# Years.
SIZES = (10, 100, 1_000)


def factor(years, percent):  # hot 0% "(years, percent)=tuple[int|float]:2~1/10"
    grown = 1.0
    for year in range(years):
        grown = grown + grown * percent / 100  # hot 90%
    return grown


def grow(amounts, years, percent):
    total = 0.0
    for amount in amounts:
        total += amount * factor(years, percent)  # hot 96% self 1% on "factor(years, percent)" calls ":factor" 94% direct
    return total


def work(n):
    return grow(range(1_000), n, 0.25)


if __name__ == "__main__":
    print(round(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000), 3))
