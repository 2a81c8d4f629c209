"""Prices the shipping of orders; many orders weigh the same."""

import sys
from functools import lru_cache

# Kilograms of the heaviest order.
SIZES = (20, 100, 500)

BOXES = (1, 5, 12, 25)


def shipping(weight, rate):
    @lru_cache(maxsize=128)  # hot 0% (kilos)=tuple[int]:1~6/40
    def boxes_for(kilos):
        least = [0]
        for size in range(1, kilos + 1):
            fits = [least[size - box] for box in BOXES if box <= size]  # hot 70% fits=list[int]:4
            least.append(1 + min(fits))  # hot 27% on "min(fits)"
        return least[kilos]

    return boxes_for(weight) * rate


def work(n):
    total = 0
    for order in range(2_000):
        total += shipping(n - order * 7 % 6, 3)
    return total


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
