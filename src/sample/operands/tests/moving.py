"""A frame whose names are bound anew all the time. Tells where the frame is, then runs on."""

import sys
import time


class Shop:
    pass


def churn():
    frame = sys._getframe()
    sys.stdout.write(f"moving\t{id(frame)}\t{id(frame.f_code)}\tchurn\n")
    sys.stdout.flush()
    del frame
    shop = Shop()
    number = 0
    until = time.monotonic() + 60
    while number % 1024 or time.monotonic() < until:
        number += 1
        kind = [None, 1, 2.0, "three", b"four", (5,)]
        kind = {0: 0, 1: 1}
        kind = {1, 2, 3, 4, 5, 6, 7}
        kind = "eight888"
        kind = bytes(9)
        kind = (number,) * 10
        shop.rows = [number] * 11
        shop.rows = {number: 1}
        thing = type("Churn" + "x" * (number % 7), (), {})()
        thing.rows = [thing] * 12
        cell = "t" * 13
        later = lambda: cell  # noqa: E731
    return kind, shop.rows, thing.rows, later


churn()
