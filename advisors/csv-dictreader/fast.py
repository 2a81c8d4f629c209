"""Adds up the revenue of each country in a table of orders and surveys."""

import csv
import io
import sys


def prepare(n):
    answers = [f"answer_{i}" for i in range(25)]
    lines = [",".join(["id", "country", "customer", "cents", *answers])]
    given = ",yes,no" * 12 + ",yes"
    lines += [f"{i},{'DE FR IT ES'.split()[i % 4]},c{i % 97},{i * 37 % 5_000}{given}" for i in range(n)]
    return ("\n".join(lines),)


def work(text):
    revenue = {}
    reader = csv.reader(io.StringIO(text))
    header = next(reader)
    at_country, at_cents = header.index("country"), header.index("cents")
    for row in reader:  # hot 40%
        country = row[at_country]
        revenue[country] = revenue.get(country, 0) + int(row[at_cents])
    return sorted(revenue.items())


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)))
