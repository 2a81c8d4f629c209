"""Finds how few boxes each order needs; many orders weigh the same."""

import sys
from functools import lru_cache

# Kilograms of the heaviest order.
SIZES = (20, 100, 500)

BOXES = (1, 5, 12, 25)


@lru_cache(maxsize=128)
def boxes_for(weight):
    least = [0]
    for kilos in range(1, weight + 1):
        fits = [least[kilos - box] for box in BOXES if box <= kilos]
        least.append(1 + min(fits))
    return least[weight]


def work(n):
    total = 0
    for order in range(2_000):
        total += boxes_for(n - order * 7 % 6)  # hot 60%
    return total


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
