# needs pandas
"""Adds up the runs of days on which a shop sold more than on the day before."""

import sys

import pandas as pd

# Days.
SIZES = (10, 1_000, 10_000)


def prepare(n):
    return (pd.DataFrame({"day": range(n), "cents": [i * 37 % 5_000 for i in range(n)]}),)


def work(sales):
    before = rising = 0
    for day in range(len(sales)):
        cents = sales.loc[day, "cents"]  # hot 85% self 1% calls "pandas.core.indexing:_LocationIndexer.__getitem__" 80% direct sales=DataFrame[int64]:10000
        rising += cents > before
        before = cents
    return int(rising)


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
