"""Asks a service for the state of many orders."""

import asyncio
import sys

# Orders.
SIZES = (10_000,)


async def state(order):
    for _ in range(3):
        await asyncio.sleep(0.001)  # hot 40% self 20% on "asyncio.sleep(0.001)" awaited 100 40%
    return order * 7919 % 5


async def worker(orders, found):
    for order in orders:
        found.append(await state(order))


async def states(orders):
    found = []
    orders = iter(orders)
    await asyncio.gather(*[worker(orders, found) for _ in range(100)])
    return sum(found)


def work(n):
    return asyncio.run(states(range(n)))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))  # process tasks=101
