"""Asks a service for the prices of many orders."""

import asyncio
import sys
import time

# Orders.
SIZES = (10, 25, 50)

clock = time.perf_counter


async def price(order, free):
    async with free:
        await asyncio.sleep(0.005)  # hot 2% on "asyncio.sleep(0.005)" awaited 10 0%
    return order * 7919 % 1_000


async def total(orders):
    free = asyncio.Semaphore(10)
    found = await asyncio.gather(*[price(order, free) for order in orders])  # hot 3% self 1% on "price(order, free)" awaited 1 90% orders=range:50
    return sum(found)


def work(n):
    return asyncio.run(total(range(n)))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 50))  # process tasks=51
