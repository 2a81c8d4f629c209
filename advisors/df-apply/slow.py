# needs pandas
"""Prices orders with their discounts."""

import sys

import pandas as pd

# Rows.
SIZES = (100, 1_000, 20_000)


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
    paid = orders.apply(lambda row: row["cents"] * row["count"] * (1 - row["discount"]), axis=1)  # hot 80% self 1% calls "pandas.core.frame:DataFrame.apply" 79% direct calls ":work.<locals>.<lambda>" 45% calls "pandas.core.series:Series.__getitem__" 35% orders=DataFrame[int64|float64]:10000
    return paid.sum()


if __name__ == "__main__":
    print(round(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)), 2))
