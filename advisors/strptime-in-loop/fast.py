"""Counts the orders of each hour from their times."""

import sys
from datetime import datetime

# Orders.
SIZES = (100, 1_000, 10_000)


def prepare(n):
    return ([f"2024-{i % 12 + 1:02}-{i % 28 + 1:02} {i % 24:02}:{i % 60:02}:07" for i in range(n)],)


def work(times):
    hours = [0] * 24
    for text in times:
        when = datetime.fromisoformat(text)  # hot 20%
        hours[when.hour] += 1
    return hours


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
