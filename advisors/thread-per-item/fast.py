"""Checks the syntax of many host names, several at a time."""

import sys
from concurrent.futures import ThreadPoolExecutor

# Names.
SIZES = (200, 500, 1_000)


def prepare(count):
    return ([f"host-{number}.example{'!' * (number % 7 == 0)}.org" for number in range(count)],)


def check(name):
    labels = name.split(".")
    return not all(label.replace("-", "").isalnum() for label in labels)


def work(names):
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(check, names))  # hot 60% self 1% idle 30%


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)))
