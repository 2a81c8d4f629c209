"""Tries discounts on copies of the orders."""

import copy
import sys

# Levels of containers: amounts, or orders as dicts.
SIZES = (1, 2)


def prepare(depth):
    if depth == 1:
        return list(range(5_000)), amounts
    return [{"id": i, "name": f"item {i}", "cents": i * 37 % 5_000} for i in range(10_000)], orders


def work(data, tried):
    return tried(data)


def amounts(cents):
    total = 0
    for percent in (5, 10, 15):
        tried = copy.deepcopy(cents)
        for index, amount in enumerate(tried):
            tried[index] = amount * (100 - percent)
        total += tried[-1]
    return total, cents[-1]


def orders(rows):
    total = 0
    for percent in (5, 10, 15):
        tried = copy.deepcopy(rows)  # hot 95% self 0% calls "copy:deepcopy" 95% direct rows=list[dict]:1000
        for row in tried:
            row["cents"] = row["cents"] * (100 - percent)
            total += row["cents"]
    return total, rows[-1]


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 2)))
