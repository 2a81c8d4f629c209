"""Counts the primes in ranges of numbers, several ranges at a time."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

WORKERS = 2

# Ranges to count in.
SIZES = (50, 600)

# What `work` is given when it is sampled, once and alone.
RUN_ONCE = (1_600,)

# Several processors are used, so time is what the clock says.
clock = time.perf_counter


def count_primes(start):
    """How many of the thousand numbers from `start` on are prime."""
    found = 0
    for number in range(start, start + 1_000):
        divisor = 2
        while divisor * divisor <= number and number % divisor:  # hot 80% self 80% on "number % divisor"
            divisor += 1
        found += divisor * divisor > number
    return found


def work(ranges):
    starts = [2 + 1_000 * (index % 100) for index in range(ranges)]
    with ProcessPoolExecutor(WORKERS) as pool:  # process threads=3 busy=0.1 waiting=0 cores=0.1 cpus=2
        return sum(pool.map(count_primes, starts))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
