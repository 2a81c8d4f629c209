"""Asks a service for the prices of many orders."""

import asyncio
import sys
import time

# Orders.
SIZES = (10, 25, 50)

clock = time.perf_counter


async def price(order):
    await asyncio.sleep(0.005)  # hot 2% on "asyncio.sleep(0.005)" awaited 1 0%
    return order * 7919 % 1_000


async def total(orders):
    found = []
    for order in orders:
        found.append(await price(order))  # hot 3% self 1% on "await price(order)" awaited 1 90% orders=range:50
    return sum(found)


def work(n):
    return asyncio.run(total(range(n)))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 50))  # process tasks=1
