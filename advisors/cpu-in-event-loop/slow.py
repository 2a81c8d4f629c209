"""Answers requests, some of which need a long calculation."""

import asyncio
import sys

# Requests.
SIZES = (4,)


def estimate(seed):
    value = seed
    for step in range(1_500_000):  # hot 90% loop 90% 0% 0.09s answer
        value = (value * 1_103_515_245 + step) % 2_147_483_648
    return value


async def answer(number, answers):
    await asyncio.sleep(0)
    answers[number] = estimate(number)  # hot 95% self 0% calls ":estimate" 95% direct loop 95% 0% 0.09s answer


async def serve(n):
    answers = {}
    await asyncio.gather(*[answer(number, answers) for number in range(n)])
    return sum(answers.values())


def work(n):
    return asyncio.run(serve(n))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 6))  # process tasks=7
