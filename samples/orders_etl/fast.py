#!/usr/bin/env python3
"""Nightly order load: from the shop's csv export to the delivery report of the morning.

Reads `orders.csv`, `customers.csv` and `points.csv`, drops the orders that the export repeats,
joins every order with its customer, assigns the cheapest pickup point, writes the delivery
report and prints the night's figures.

    fast.py                        generates a night of orders in a temporary directory
    fast.py --rows 2000            a quieter night
    fast.py --data DIR -o FILE     loads the csv files of DIR, keeps the report in FILE
"""

import argparse
import csv
import os
import random
import tempfile
import zlib
from collections import defaultdict, namedtuple
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

Order = namedtuple("Order", "id customer day amount x y")

SETTINGS = {
    "report": {"currency": "EUR", "width": 18},
    "shipping": {
        "rates": {"per_km": 7, "handling": 120},
        "express": {"within_days": 2, "surcharge": Decimal("4.90")},
    },
    "tax": {"rates": {"DE": "0.19", "FR": "0.20", "NL": "0.21", "PL": "0.23"}},
}


def generate(folder, rows):
    """Writes the csv files that the shop would have exported."""
    rng = random.Random(20240301)
    countries = sorted(SETTINGS["tax"]["rates"])
    customers = max(10, rows // 8)
    with open(os.path.join(folder, "customers.csv"), "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["customer", "name", "country"])
        for number in range(customers):
            name = "Customer %05d" % number
            writer.writerow(["C%05d" % number, name, rng.choice(countries)])
    with open(os.path.join(folder, "points.csv"), "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["point", "x", "y", "fee"])
        for number in range(500):
            x, y = rng.randrange(900), rng.randrange(900)
            writer.writerow(["P%03d" % number, x, y, rng.randrange(90)])
    with open(os.path.join(folder, "orders.csv"), "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["order", "customer", "day", "amount", "x", "y"])
        written = []
        for number in range(rows):
            if written and rng.random() < 0.12:
                writer.writerow(rng.choice(written))
                continue
            row = [
                "2024-%08d" % (number * 7919 % 100000007),
                "C%05d" % rng.randrange(customers),
                (date(2024, 2, 1) + timedelta(days=rng.randrange(29))).isoformat(),
                "%d.%02d" % (rng.randrange(5, 400), rng.randrange(100)),
                rng.randrange(900),
                rng.randrange(900),
            ]
            written.append(row)
            writer.writerow(row)


def rows_of(path):
    with open(path, newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for row in reader:
            yield row


def read_customers(path):
    return {key: (name, country) for key, name, country in rows_of(path)}


def read_points(path):
    return [(name, int(x), int(y), int(fee)) for name, x, y, fee in rows_of(path)]


def read_orders(path):
    """The orders of the export, each once, in the order of the export."""
    orders = []
    seen = set()
    repeated = 0
    for order_id, customer, day, amount, x, y in rows_of(path):
        if order_id in seen:
            repeated += 1
            continue
        seen.add(order_id)
        year, month, dom = day.split("-")
        when = date(int(year), int(month), int(dom))
        orders.append(Order(order_id, customer, when, Decimal(amount), int(x), int(y)))
    return orders, repeated


def cheapest_point(order, points, settings):
    """The pickup point with the lowest cost for this order, and that cost in cents."""
    best = None
    best_cost = 1 << 30
    per_km = settings["shipping"]["rates"]["per_km"]
    for name, x, y, fee in points:
        km = abs(x - order.x) + abs(y - order.y)
        cost = fee + km * per_km
        if cost < best_cost:
            best = name
            best_cost = cost
    return best, best_cost + settings["shipping"]["rates"]["handling"]


class DeliveryReport:
    """The lines of the report and the totals that its last page shows."""

    def __init__(self, settings):
        self.settings = settings
        self.lines = ["order;customer;day;point;due\n"]
        self.by_country = defaultdict(Decimal)
        self.by_week = defaultdict(int)
        self.by_point = defaultdict(int)

    def add(self, order, customer, point, shipping):
        country = customer[1]
        rate = Decimal(self.settings["tax"]["rates"][country])
        tax = (order.amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
        self.by_country[country] += order.amount + tax
        self.by_week[order.day.isocalendar()[1]] += 1
        self.by_point[point] += 1
        due = order.amount + tax + Decimal(shipping) / 100
        line = "{};{};{};{};{}\n".format(order.id, order.customer, order.day, point, due)
        self.lines.append(line)

    def text(self):
        return "".join(self.lines)

    def figures(self):
        currency = self.settings["report"]["currency"]
        for country, total in sorted(self.by_country.items()):
            yield "  {}  {:>14} {}".format(country, total, currency)
        for week, count in sorted(self.by_week.items()):
            yield "  week {:>2}  {:>6} orders".format(week, count)
        busiest = sorted(self.by_point.items(), key=lambda item: (-item[1], item[0]))
        for point, count in busiest[:5]:
            yield "  point {}  {:>6} orders".format(point, count)


def load(folder, target):
    customers = read_customers(os.path.join(folder, "customers.csv"))
    points = read_points(os.path.join(folder, "points.csv"))
    orders, repeated = read_orders(os.path.join(folder, "orders.csv"))
    report = DeliveryReport(SETTINGS)
    for order in orders:
        point, shipping = cheapest_point(order, points, SETTINGS)
        report.add(order, customers[order.customer], point, shipping)
    content = report.text().encode("utf-8")
    with open(target, "wb") as out:
        out.write(content)
    print("{} orders, {} repeated in the export".format(len(orders), repeated))
    for figure in report.figures():
        print(figure)
    print("report: {} bytes, crc32 {:08x}".format(len(content), zlib.crc32(content)))


def main():
    parser = argparse.ArgumentParser(description="Loads a night of orders.")
    parser.add_argument("--rows", type=int, default=25000, help="orders to generate")
    parser.add_argument("--data", help="directory with the export's csv files")
    parser.add_argument("-o", "--output", help="where to keep the report")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.data
        if folder is None:
            folder = scratch
            generate(folder, options.rows)
        load(folder, options.output or os.path.join(scratch, "report.csv"))


if __name__ == "__main__":
    main()
