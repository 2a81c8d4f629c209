"""Searches for the longest Collatz sequence, on all processors."""

import os
import resource
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

# Workers for each processor.
SIZES = (4, 8, 16)


def clock():
    """Processor time of this process and its workers: with every processor busy, it is time."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


@lru_cache(maxsize=None)
def steps_below(limit):
    """Steps that each number below `limit` takes down to 1; every worker makes its own table."""
    steps = [0, 0]
    for number in range(2, limit):
        value, taken = number, 0
        while value >= number:
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            taken += 1
        steps.append(taken + steps[value])
    return steps


def longest(start):
    """The most steps down to 1 among the numbers from `start` on, and the number."""
    known = steps_below(30_000)
    best = (0, 0)
    for number in range(start, start + 2_000):
        value, taken = number, 0
        while value >= len(known):
            value = value // 2 if value % 2 == 0 else 3 * value + 1
            taken += 1
        best = max(best, (taken + known[value], number))
    return best


def work(crowd, tasks=96):
    processors = len(os.sched_getaffinity(0))
    starts = range(1_000_000, 1_000_000 + 2_000 * tasks, 2_000)
    with ProcessPoolExecutor(processors) as pool:  # pool workers=2 cpus=2 runnable=1.9 cores=1.9 preemptions=20 busy=1900
        return max(pool.map(longest, starts, chunksize=-(-tasks // processors)))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 16))
