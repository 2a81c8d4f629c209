"""Tells on how many days a price was above that of the day before."""

import sys

# Days that are known at the start.
SIZES = (100, 1_000, 10_000)


def prepare(n):
    return ({day: day * 37 % 5_000 for day in range(n)},)


def work(prices):
    higher = 0
    first = len(prices)
    for day in range(first, first + 500):
        latest = list(prices.values())[-1]  # hot 80% on "list(prices.values())" prices=dict:10000
        prices[day] = day * 37 % 5_000
        higher += prices[day] > latest
    return higher


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
