"""Reads which city each order came from, and counts the orders by city."""

import sys
from collections import Counter

# Orders.
SIZES = (1_500_000,)

CITIES = ["Reykjavik", "Ljubljana", "Edinburgh", "Bucharest", "Sarajevo", "Stockholm"]


def prepare(n):
    return [f"{i % 97},{CITIES[i % 6]},{i % 10}" for i in range(6_000)], n


def work(lines, n):  # hot 0% cities[*]=str:9~6/600
    cities = []
    for _ in range(n // len(lines)):
        for line in lines:
            cities.append(line.split(",")[1])  # hot 60% cities=list[str]:0..1500000
    return Counter(cities).most_common(2), cities[-1]


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000)))
