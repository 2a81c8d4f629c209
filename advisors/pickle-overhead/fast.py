"""Counts the orders above several prices, on all processors."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

# Prices that are asked for.
SIZES = (5, 15, 30)

# What `work` is given when it is sampled, once and alone.
RUN_ONCE = (120,)

PARTS = 4

# Several processors are used, so time is what the clock says.
clock = time.perf_counter


@lru_cache(maxsize=PARTS)
def load(part):
    """The orders of one part of the year, as a database would give them."""
    first = 20_000 * part
    return [{"id": number, "price": number * 37 % 101} for number in range(first, first + 20_000)]


def count(job):
    part, least = job
    return sum(order["price"] >= least for order in load(part))


def work(prices):
    found = 0
    with ProcessPoolExecutor(2) as pool:  # pool workers=2 cpus=2 runnable=1.5 cores=1.3 busy=1100 exchange=0.2 packing=0.05 messages=480 bytes=150 seconds=0.002
        for least in range(prices):
            jobs = [(part, least % 100) for part in range(PARTS)]
            found += sum(pool.map(count, jobs))  # hot 30% idle 60%
    return found


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 8))
