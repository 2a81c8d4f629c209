"""Prices orders, and notes how long that takes."""

import sys
import time
from functools import wraps

# Decorated: 1 is the small function.
SIZES = (1,)

seconds = {}


def timed(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)  # hot 40% self 15% calls ":price" 25% direct
        finally:
            name = function.__qualname__
            seconds[name] = seconds.get(name, 0.0) + (time.perf_counter() - start)  # hot 35%

    return wrapper


@timed
def price(cents, percent):
    return cents * (100 - percent) // 100  # hot 20%


def priced(rows):
    total = 0
    for cents in rows:
        total += price(cents, percent=5)
    return total


def work(kind):
    return priced([i * 37 % 5_000 for i in range(60_000)])


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
