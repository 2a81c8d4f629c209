"""Lets tasks take turns: the one in front runs and goes to the back."""

import sys
from collections import deque

# Lengths of the queue.
SIZES = (10, 100, 1_000, 10_000, 100_000)


def prepare(n):
    return (range(n),)


def work(tasks):
    queue = deque(tasks)
    total = 0
    for turn in range(20_000):
        task = queue.popleft()  # hot 20% queue=deque:20000
        total = (total * 31 + task) % 1_000_003
        queue.append(task)
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
