"""Prices the shipping of orders; many orders weigh the same."""

import sys
from functools import lru_cache

# Kilograms of the heaviest order.
SIZES = (20, 100, 500)

BOXES = (1, 5, 12, 25)


@lru_cache(maxsize=128)
def boxes_for(kilos):
    least = [0]
    for size in range(1, kilos + 1):
        fits = [least[size - box] for box in BOXES if box <= size]
        least.append(1 + min(fits))
    return least[kilos]


def shipping(weight, rate):
    return boxes_for(weight) * rate  # hot 40%


def work(n):
    total = 0
    for order in range(2_000):
        total += shipping(n - order * 7 % 6, 3)  # hot 60% on "shipping(n - order * 7 % 6, 3)"
    return total


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
