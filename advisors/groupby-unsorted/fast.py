"""Adds up what each shop has sold; shops move on after some days."""

import sys
from itertools import groupby
from operator import itemgetter

# Sales: day, shop, cents.
SIZES = (10_000,)


def totals(sales):
    ordered = sorted(sales, key=itemgetter(1))  # hot 20%
    out = {}
    for shop, group in groupby(ordered, key=itemgetter(1)):  # hot 30%
        out[shop] = sum(cents for _, _, cents in group)  # hot 40%
    return out


def work(n):
    sales = [(i // 50, i // 500, i * 7 % 990) for i in range(n)]
    return sum(sum(totals(sales).values()) for _ in range(5))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
