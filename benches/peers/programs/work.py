"""A fixed piece of work for every line of standard input; prints the processor and the wall time
that each took."""

import sys
import time


def work(rounds):
    total = 0
    for n in range(rounds):
        total += n * n % 7
    return total


for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(15):
        work(100_000)
    print(time.process_time() - cpu, time.perf_counter() - wall, flush=True)
