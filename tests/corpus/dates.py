"""Parses dates of many kinds and lays out repeated events."""

from datetime import datetime

from dateutil import parser, relativedelta, rrule

TEXTS = ["2024-03-{d:02}T10:11:12", "{d} March 2024 5pm", "Mar {d}, 2024", "{d}.03.2024 23:59"]


def work(days=28):
    total = 0
    for day in range(1, days + 1):
        for text in TEXTS:
            total += parser.parse(text.format(d=day), dayfirst=True).toordinal()
    rule = rrule.rrule(rrule.WEEKLY, byweekday=(0, 2, 4), count=300, dtstart=datetime(2024, 1, 1))
    for date in rule:
        total += (date + relativedelta.relativedelta(months=1, day=31)).day
    return total


if __name__ == "__main__":
    print(work())
