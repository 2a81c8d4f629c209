"""Asks a service for the state of many orders."""

import asyncio
import sys

# Orders.
SIZES = (10_000,)


async def state(order):
    for _ in range(3):
        await asyncio.sleep(0.1)  # hot 40% self 20% on "asyncio.sleep(0.1)" awaited 9000 40%
    return order * 7919 % 5


async def states(orders):
    tasks = [state(order) for order in orders]  # hot 5% orders=range:10000 on "state(order)"
    found = await asyncio.gather(*tasks)  # hot 10% on "asyncio.gather(*tasks)"
    return sum(found)


def work(n):
    return asyncio.run(states(range(n)))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))  # process tasks=10001
