"""Adds up prices; what has no price costs nothing."""

import sys

# Names in a hundred that have no price.
SIZES = (20, 50, 100)


def prepare(misses):
    prices = {f"item {i}": i for i in range(1_000)}
    names = [f"{'item' if i >= misses else 'gift'} {i * 7}" for i in range(100)]
    return names * 5_000, prices


def work(names, prices):
    total = 0
    for name in names:
        try:
            cents = prices[name]  # hot 55% prices=dict:1000
        except KeyError:  # hot 22% on "KeyError" prices=dict:1000
            cents = 0  # hot 8% on "cents"
        total += cents
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
