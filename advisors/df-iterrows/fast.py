# needs pandas
"""Adds up what each customer owes, column by column."""

import sys

import pandas as pd


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
    for customer, cents, count in zip(orders["customer"], orders["cents"], orders["count"]):  # hot 30%
        owed[customer] = owed.get(customer, 0) + cents * count
    return sorted(owed.items())


if __name__ == "__main__":
    print([(name, int(cents)) for name, cents in work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000))])
