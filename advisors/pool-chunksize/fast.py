"""Adds up the checksums of serial numbers, on all processors."""

import resource
import sys
from concurrent.futures import ProcessPoolExecutor

# Serial numbers.
SIZES = (1_000, 4_000, 25_000)

# What `work` is given when it is sampled, once and alone.
RUN_ONCE = (25_000,)


def clock():
    """Processor time of this process and its workers."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime


def checksum(serial):
    """The checksum that Luhn's algorithm gives."""
    total = 0
    for index, digit in enumerate(reversed(str(serial))):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return -total % 10


def work(count):
    serials = range(10_000_000, 10_000_000 + count)
    with ProcessPoolExecutor(2) as pool:  # pool workers=2 cpus=2 runnable=1.2 cores=1 busy=1000 exchange=0.4 packing=0.1 messages=400 bytes=600 seconds=0.0004
        return sum(pool.map(checksum, serials, chunksize=64))  # hot 10% idle 80%


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
