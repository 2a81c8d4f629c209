"""Raises prices, and keeps those that are not too high."""

import sys

# Prices.
SIZES = (10, 1_000, 100_000)


def prepare(n):
    return ([i * 7_919 % 100_003 for i in range(n)],)


def work(prices):
    total = 0
    for _ in range(max(1, 1_000 // len(prices))):
        raised = list(map(lambda cents: cents * 105 // 100, prices))  # hot 60% self 10% calls ":work.<locals>.<lambda>" 50% direct prices=list[int]:20000
        kept = list(filter(lambda cents: cents < 90_000, raised))  # hot 39% self 9% calls ":work.<locals>.<lambda>" 30% direct raised=list[int]:20000
        total += len(kept) + kept[0] + kept[-1]
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
