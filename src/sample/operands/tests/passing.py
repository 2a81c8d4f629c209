"""Loops that bind their names anew faster than they can be followed. Tells where the frame of each is,
then goes round until it is told to go on.
"""

import select
import sys


def is_to_go_on():
    return select.select([sys.stdin], [], [], 0)[0] and sys.stdin.readline()


def work(value):
    return len(value), len(value)


def begin(scenario):
    frame = sys._getframe(1)
    print(scenario, id(frame), id(frame.f_code), frame.f_code.co_name, sep="\t", flush=True)


def rows_of(kind, rows):
    begin(f"rows of a {kind}")
    while not is_to_go_on():
        for row in rows:
            work(row)


def rows_within_rows(rows):
    begin("rows within rows")
    while not is_to_go_on():
        for _ in rows[:5]:
            for row in rows:
                work(row)


def rows_made_of_rows(rows):
    begin("rows made of rows")
    while not is_to_go_on():
        for made in rows:
            made = [made]
            work(made)


rows = [{"id": i, "price": i} for i in range(20_000)]
rows_of("list", rows)
rows_of("tuple", tuple(rows))
rows_within_rows(rows)
rows_made_of_rows(rows)
