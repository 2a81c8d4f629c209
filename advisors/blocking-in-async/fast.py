"""Asks a slow service for prices, from several tasks at a time."""

import asyncio
import sys
import time

# Tasks.
SIZES = (4, 8, 12)

clock = time.perf_counter


def ask(number):
    time.sleep(0.02)  # hot 1% idle 90%
    return number * 7919 % 1_000


async def priced(number, prices):
    loop = asyncio.get_running_loop()
    for step in range(3):
        price = await loop.run_in_executor(None, ask, number + step)
        prices[number] = prices.get(number, 0) + price


async def collect(n):
    prices = {}
    await asyncio.gather(*[priced(number, prices) for number in range(n)])
    return sum(prices.values())


def work(n):
    return asyncio.run(collect(n))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 8))  # process tasks=9
