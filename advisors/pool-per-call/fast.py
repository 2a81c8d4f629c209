"""Sums the divisors of batches of numbers, on all processors."""

import resource
import sys
from concurrent.futures import ProcessPoolExecutor

# Batches.
SIZES = (5, 10, 20)

# What `work` is given when it is sampled, once and alone.
RUN_ONCE = (300,)


def clock():
    """Processor time of this process and its workers."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


def divisors(number):
    """The sum of a number's divisors."""
    total = 0
    for divisor in range(1, number + 1):
        if number % divisor == 0:
            total += divisor
    return total


def batch_sum(pool, numbers):
    return sum(pool.map(divisors, numbers))  # hot 20% idle 60%


def work(batches):
    total = 0
    with ProcessPoolExecutor(2) as pool:  # pool workers=2 started=2 cpus=2 runnable=1.9 cores=1.8 busy=1500 exchange=0.05 messages=600 bytes=100 seconds=0.002
        for batch in range(batches):
            total += batch_sum(pool, range(20_000 + batch, 20_004 + batch))
    return total


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
