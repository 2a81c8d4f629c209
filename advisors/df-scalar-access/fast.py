# needs pandas
"""Adds up the runs of days on which a shop sold more than on the day before."""

import sys

import pandas as pd


def prepare(n):
    return (pd.DataFrame({"day": range(n), "cents": [i * 37 % 5_000 for i in range(n)]}),)


def work(sales):
    before = rising = 0
    for cents in sales["cents"].tolist():  # hot 10%
        rising += cents > before
        before = cents
    return int(rising)


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
