"""Draws the Mandelbrot set, some bands at a time."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

# Bands.
SIZES = (8, 24, 48)

# The time that somebody waits for the picture.
clock = time.perf_counter

WIDTH, HEIGHT = 120, 60


def band(number):
    """The points of a band that stay near for 100 steps."""
    inside = 0
    for row in range(HEIGHT):
        imaginary = (number % 24 - 12) / 10 + row / (10 * HEIGHT)
        for column in range(WIDTH):
            start = complex(column * 3 / WIDTH - 2, imaginary)
            point, steps = start, 0
            while abs(point) < 2 and steps < 100:
                point = point * point + start  # hot 97%
                steps += 1
            inside += steps == 100
    return inside


def work(bands):
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return sum(pool.map(band, range(bands)))  # hot 1% self 0% idle 95%


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 24))
