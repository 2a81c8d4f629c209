"""Adds up the sales of each shop."""

import sys
from collections import defaultdict

# Shops; each has 20 sales.
SIZES = (5, 50, 200)


def totals(shops, sales):
    by_place = defaultdict(list)
    for place, cents in sales:
        by_place[place].append(cents)  # hot 30% on "by_place[place].append(cents)"
    return {shop: sum(by_place[shop]) for shop in shops}  # hot 20% on "sum(by_place[shop])"


def work(n):
    shops = ["shop %d" % i for i in range(n)]
    sales = [(shops[i * 7 % n], i % 990) for i in range(20 * n)]
    return sum(totals(shops, sales).values())


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
