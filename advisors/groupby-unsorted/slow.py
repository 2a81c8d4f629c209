"""Adds up what each shop has sold; shops move on after some days."""

import sys
from itertools import groupby
from operator import itemgetter

# Sales.
SIZES = (10_000,)


def totals(sales):
    ordered = sorted(sales, key=itemgetter("day"))  # hot 20%
    out = {}
    for shop, group in groupby(ordered, key=itemgetter("shop")):  # hot 30%
        out[shop] = sum(sale["cents"] for sale in group)  # hot 40%
    return out


def work(n):
    sales = [{"day": i // 50, "shop": i // 500, "cents": i * 7 % 990} for i in range(n)]
    return sum(sum(totals(sales).values()) for _ in range(5))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
