# needs pandas
"""Adds up what each customer owes, row by row."""

import sys

import pandas as pd

# Rows.
SIZES = (10, 1_000, 20_000)


def prepare(n):
    return (
        pd.DataFrame(
            {
                "customer": [f"c{i % 97}" for i in range(n)],
                "cents": [i * 37 % 5_000 for i in range(n)],
                "count": [i % 7 + 1 for i in range(n)],
            }
        ),
    )


def work(orders):
    owed = {}
    for _, row in orders.iterrows():  # hot 75% self 2% calls "pandas.core.frame:DataFrame.iterrows" 73% direct orders=DataFrame[int64|object]:4000
        owed[row["customer"]] = owed.get(row["customer"], 0) + row["cents"] * row["count"]
    return sorted(owed.items())


if __name__ == "__main__":
    print([(name, int(cents)) for name, cents in work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000))])
