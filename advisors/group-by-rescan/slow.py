"""Adds up the sales of each shop."""

import sys

# Shops; each has 20 sales.
SIZES = (5, 50, 200)


def totals(shops, sales):
    out = {}
    for shop in shops:
        mine = [cents for place, cents in sales if place == shop]  # hot 95% sales=list[tuple]:4000
        out[shop] = sum(mine)
    return out


def work(n):
    shops = ["shop %d" % i for i in range(n)]
    sales = [(shops[i * 7 % n], i % 990) for i in range(20 * n)]
    return sum(totals(shops, sales).values())


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
