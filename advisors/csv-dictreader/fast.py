"""Adds up the revenue of each country in a table of orders."""

import csv
import io
import sys


def prepare(n):
    lines = ["id,country,customer,cents,currency,day"]
    lines += [f"{i},{'DE FR IT ES'.split()[i % 4]},c{i % 97},{i * 37 % 5_000},EUR,2024-01-02" for i in range(n)]
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
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)))
