"""Raises prices, and keeps those that are not too high."""

import sys

# Prices.
SIZES = (10, 1_000, 100_000)


def prepare(n):
    return ([i * 7_919 % 100_003 for i in range(n)],)


def work(prices):
    total = 0
    for _ in range(max(1, 1_000 // len(prices))):
        raised = [cents * 105 // 100 for cents in prices]  # hot 60% on "cents * 105" prices=list[int]:20000
        kept = [cents for cents in raised if cents < 90_000]  # hot 39% on "cents < 90_000" raised=list[int]:20000
        total += len(kept) + kept[0] + kept[-1]
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
