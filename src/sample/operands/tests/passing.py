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


def rows_of_a_list(rows):
    begin("rows of a list")
    while not is_to_go_on():
        for row in rows:
            work(row)


def rows_of_a_tuple(rows):
    begin("rows of a tuple")
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
rows_of_a_list(rows)
rows_of_a_tuple(tuple(rows))
rows_within_rows(rows)
rows_made_of_rows(rows)
