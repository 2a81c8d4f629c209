"""An ETL job as it should be: streams rows, looks up in dicts and sets, joins at the end."""

import csv
import io
from collections import defaultdict
from itertools import islice


def rows(count):
    for n in range(count):
        yield f"{n},{n % 997},{n % 13 * 1.5},{'DE' if n % 3 else 'FR'}\n"


def batches(iterable, size):
    iterator = iter(iterable)
    while batch := list(islice(iterator, size)):
        yield batch


def work(count=60_000):
    reader = csv.reader(rows(count))
    countries = {"DE", "AT", "CH"}
    totals = defaultdict(float)
    seen = set()
    for batch in batches(reader, 500):
        for _, customer, total, country in batch:
            if country in countries and (customer, total) not in seen:
                seen.add((customer, total))
                totals[customer] += float(total)
    out = io.StringIO()
    out.writelines(f"{customer};{total:.2f}\n" for customer, total in sorted(totals.items()))
    return len(out.getvalue())


if __name__ == "__main__":
    print(work())
