# needs pandas
"""Follows a level that jumps about, and counts what came in."""

import sys

import numpy as np

# What is done: 1 is a loop, 2 is a builtin.
SIZES = (1, 2)


def prepare(kind):
    numbers = np.arange(50_000) * 37 % 5_000
    return (smoothed, counted)[kind - 1], numbers * 0.5 if kind == 1 else numbers


def smoothed(levels):
    level = 0.0
    for value in levels.tolist():  # hot 25% levels=ndarray[float64]:50000 value=float
        level += (value - level) * 0.125  # hot 60% on "(value - level) * 0.125"
    return f"{level:.6f}"


def counted(counts):
    return int(counts.sum())  # hot 95% counts=ndarray[int64]:50000


def work(done, numbers):
    return done(numbers)


if __name__ == "__main__":
    print([work(*prepare(kind)) for kind in (1, 2) for _ in range(5)])
