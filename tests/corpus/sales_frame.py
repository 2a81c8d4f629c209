# needs numpy, pandas
"""Sums the sales of shops by month, with pandas as it wants to be used."""

import numpy
import pandas


def sales(rows):
    random = numpy.random.default_rng(7)
    return pandas.DataFrame({
        "day": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(random.integers(0, 365, rows), unit="D"),
        "shop": random.integers(0, 40, rows),
        "amount": random.integers(1, 9, rows),
        "price": random.random(rows) * 90,
    })


def work(rows=20_000):
    frame = sales(rows)
    frame["total"] = frame["amount"] * frame["price"]
    frame["month"] = frame["day"].dt.month
    shops = pandas.DataFrame({"shop": range(40), "region": [f"region {it % 5}" for it in range(40)]})
    joined = frame[frame["amount"] > 2].merge(shops, on="shop")
    months = joined.groupby(["region", "month"], as_index=False)["total"].sum()
    wide = months.pivot(index="region", columns="month", values="total")
    return round(float(wide.sum().sum()), 2)


if __name__ == "__main__":
    print(work())
