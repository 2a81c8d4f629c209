"""Adds up the revenue of each country in a table of orders and surveys."""

import csv
import io
import sys

# Rows.
SIZES = (500, 5_000, 50_000)


def prepare(n):
    answers = [f"answer_{i}" for i in range(25)]
    lines = [",".join(["id", "country", "customer", "cents", *answers])]
    given = ",yes,no" * 12 + ",yes"
    lines += [f"{i},{'DE FR IT ES'.split()[i % 4]},c{i % 97},{i * 37 % 5_000}{given}" for i in range(n)]
    return ("\n".join(lines),)


def work(text):
    revenue = {}
    for row in csv.DictReader(io.StringIO(text)):  # hot 75% self 2% calls "csv:DictReader.__next__" 73% direct
        country = row["country"]
        revenue[country] = revenue.get(country, 0) + int(row["cents"])
    return sorted(revenue.items())


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)))
