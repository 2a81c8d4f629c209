# needs pandas
"""Prices orders with their discounts."""

import sys

import pandas as pd


def prepare(n):
    return (
        pd.DataFrame(
            {
                "cents": [i * 37 % 5_000 for i in range(n)],
                "count": [i % 7 + 1 for i in range(n)],
                "discount": [i % 5 / 10 for i in range(n)],
            }
        ),
    )


def work(orders):
    paid = orders["cents"] * orders["count"] * (1 - orders["discount"])  # hot 20%
    return paid.sum()


if __name__ == "__main__":
    print(round(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)), 2))
