# needs pandas
"""Gathers the sales of each day in one table."""

import sys

import pandas as pd

# Days.
SIZES = (10, 100, 400)


def day(number):
    return pd.DataFrame({"shop": range(5), "cents": [number * shop % 900 for shop in range(5)]})


def prepare(n):
    return ([day(number) for number in range(n)],)


def work(days):
    sales = day(0)
    for more in days:
        sales = pd.concat([sales, more])  # hot 85% self 1% calls "pandas.core.reshape.concat:concat" 84% direct sales=DataFrame[int64]:5..2000
    return int(sales["cents"].sum()), len(sales)


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 400)))
