# needs pandas
"""Adds up what orders come to when the first few of each are free."""

import sys

import numpy as np

# Orders.
SIZES = (1_000, 10_000, 100_000)


def prepare(n):
    prices = np.array([i * 37 % 5_000 * 0.5 for i in range(n)])
    counts = np.array([i % 90 for i in range(n)])
    return prices, counts


def work(prices, counts):
    totals = []
    for free in range(10):
        total = (prices * (counts - free)).sum()  # hot 10% prices=ndarray[float64]:50000 counts=ndarray[int64]:50000
        totals.append(float(total))
    return totals


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)))
