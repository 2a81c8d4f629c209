"""Two tasks in turn, each with coroutines that await each other."""
import asyncio

def leaf_a(): return 1
def leaf_b(): return 2
async def inner_a(): return leaf_a()
async def inner_b(): return leaf_b()
async def outer_a():
    for _ in range(20): await inner_a()
async def outer_b():
    for _ in range(20): await inner_b()
async def task_a():
    while True:
        await outer_a()
        await asyncio.sleep(0)
async def task_b():
    while True:
        await outer_b()
        await asyncio.sleep(0)
async def main():
    await asyncio.gather(task_a(), task_b())

print("ready", flush=True)
asyncio.run(main())
