"""Tells the measurements at some ranks."""

import sys

# How many measurements there are.
SIZES = (100, 1_000, 10_000)


def prepare(n):
    return [(i * 7919 + i * i) % 100_003 for i in range(n)], [n * part // 7 for part in range(1, 7)]


def work(measured, ranks):
    ordered = sorted(measured)  # hot 60% measured=list[int]:10000
    total = 0
    for rank in ranks:
        total = total * 31 + ordered[rank]
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
