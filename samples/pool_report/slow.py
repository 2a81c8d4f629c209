#!/usr/bin/env python3
"""Energy report: what every metering station used, from its raw readings, on all processors.

A station's readings come as text, one `second value quality` a line, with gaps and spikes as
meters have them. Each station is cleaned, summed up and priced by a worker process; the parent
gathers the summaries and prints the report.

    slow.py                      a year's readings of 48 stations
    slow.py --stations 8         a small district
    slow.py --rows 500           shorter series
"""

import argparse
import math
import multiprocessing
import random
import zlib
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache

WORKERS = 32
WINDOW = 12


def readings(station, rows):
    """The station's readings as its data logger would send them."""
    rng = random.Random(station)
    level = 40 + rng.random() * 60
    lines = []
    for row in range(rows):
        daily = math.sin(row / 96 * 2 * math.pi)
        value = level * (1 + 0.4 * daily) + rng.gauss(0, 2)
        chance = rng.random()
        quality = "ok"
        if chance < 0.01:
            value *= 20
        elif chance < 0.02:
            quality = "gap"
        lines.append("{} {:.3f} {}".format(row * 900, value, quality))
    return "\n".join(lines)


@lru_cache(maxsize=None)
def prices(rows):
    """The exchange's price of every quarter of an hour, in euro a kWh."""
    rng = random.Random(2024)
    table = {}
    price = 80.0
    for row in range(rows):
        price += rng.gauss(0, 1.5) + (80.0 - price) * 0.01
        hour, quarter = divmod(row % 96, 4)
        quote = "{:03d};{:02d}:{:02d};{:.2f}".format(row // 96, hour, quarter * 15, price)
        day, clock, euro = quote.split(";")
        hour, minute = clock.split(":")
        table[int(day) * 86400 + int(hour) * 3600 + int(minute) * 60] = float(euro) / 1000
    return table


def parse(text):
    """(second, value) of every good reading."""
    series = []
    for line in text.split("\n"):
        second, value, quality = line.split()
        if quality == "ok":
            series.append((int(second), float(value)))
    return series


def without_spikes(series):
    """Readings more than four times the median of their neighbourhood are left out."""
    kept = []
    for index, (second, value) in enumerate(series):
        around = sorted(v for _, v in series[max(0, index - WINDOW) : index + WINDOW])
        if value <= 4 * around[len(around) // 2]:
            kept.append((second, value))
    return kept


def smoothed(series, weight=0.2):
    """Exponential moving average."""
    average = series[0][1]
    out = []
    for second, value in series:
        average += weight * (value - average)
        out.append((second, average))
    return out


def by_day(series):
    """Used energy of every day, trapezoids between readings."""
    days = {}
    previous_second, previous_value = series[0]
    for second, value in series[1:]:
        energy = (value + previous_value) / 2 * (second - previous_second) / 3600
        day = second // 86400
        days[day] = days.get(day, 0.0) + energy
        previous_second, previous_value = second, value
    return days


def summarise(job):
    """One station's line of the report; runs in a worker."""
    station, rows = job
    raw = parse(readings(station, rows))
    clean = without_spikes(raw)
    days = by_day(smoothed(clean))
    price = prices(rows)
    values = sorted(value for _, value in clean)
    return {
        "station": station,
        "readings": len(raw),
        "spikes": len(raw) - len(clean),
        "total": sum(days.values()),
        "cost": sum(value / 4 * price[second] for second, value in clean),
        "peak_day": max(days, key=lambda day: (days[day], day)),
        "p95": values[int(len(values) * 0.95)],
    }


def lines(summaries):
    figures = "{station:>4} {readings:>7} {spikes:>5}"
    sums = "{total:>13.2f} {cost:>11.2f} {peak_day:>4} {p95:>8.2f}"
    for summary in sorted(summaries, key=lambda summary: -summary["total"]):
        yield "{} {}".format(figures.format(**summary), sums.format(**summary))


def main():
    parser = argparse.ArgumentParser(description="Energy used by every station.")
    parser.add_argument("--stations", type=int, default=48)
    parser.add_argument("--rows", type=int, default=35040, help="readings of a station")
    parser.add_argument("--start-method", choices=multiprocessing.get_all_start_methods())
    options = parser.parse_args()
    if options.start_method:
        multiprocessing.set_start_method(options.start_method)

    jobs = [(station, options.rows) for station in range(options.stations)]
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        summaries = list(pool.map(summarise, jobs))

    report = list(lines(summaries))
    print("station readings spikes total cost peak p95")
    for line in report[:10]:
        print(line)
    print("{:.2f} kWh in all".format(sum(summary["total"] for summary in summaries)))
    content = "\n".join(report).encode("utf-8")
    print("report: {} stations, crc32 {:08x}".format(len(report), zlib.crc32(content)))


if __name__ == "__main__":
    main()
