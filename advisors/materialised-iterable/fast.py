"""Counts the visits of known customers."""

import sys

# Customers.
SIZES = (10, 1_000, 20_000)


def prepare(count):
    names = {f"customer-{number}": number % 7 for number in range(count)}
    return names, [f"customer-{number * 13 % (2 * count)}" for number in range(100)]


def work(names, visits):
    known = 0
    for visit in visits:
        if visit in names:  # hot 5% names=dict:20000 visit=str:14
            known += names[visit] + 1
    return known


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
