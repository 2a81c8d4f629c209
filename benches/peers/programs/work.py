"""A fixed piece of work; prints the processor and the wall time that it took."""

import time


def work(rounds):
    total = 0
    for n in range(rounds):
        total += n * n % 7
    return total


wall, cpu = time.perf_counter(), time.process_time()
for _ in range(60):
    work(100_000)
print(time.process_time() - cpu, time.perf_counter() - wall)
