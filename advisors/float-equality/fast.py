"""Fills a tank step by step, and empties it when it is full."""

import sys

# Steps.
SIZES = (10_000,)


def work(n):
    tenths, steps = 0, 0
    for _ in range(n):
        tenths += 1
        if tenths == 10:  # hot 40%
            tenths = 0
        steps += 1
    return steps


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
