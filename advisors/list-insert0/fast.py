"""Keeps the latest readings of a sensor, the newest in front, and reports a rolling mean."""

import sys
from collections import deque

# How many readings are kept.
SIZES = (200, 2_000, 20_000)


def prepare(n):
    return n, [(i * 7919) % 1009 for i in range(20_000)]


def work(n, readings):
    latest = deque([0] * n)
    total = worst = 0
    for reading in readings:
        latest.appendleft(reading)  # hot 15% latest=deque[int]:20000
        total += reading - latest.pop()
        if total > worst:
            worst = total
    return worst / n


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
