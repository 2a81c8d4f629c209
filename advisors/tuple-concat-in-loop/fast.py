"""Keeps the stops of a route whose distance is a new one."""

import sys

# Stops that are there when it is half done.
SIZES = (10, 1_000, 5_000)


def prepare(n):
    return ([stop * 7_919 % 1_000_003 for stop in range(2 * n)],)


def work(distances):
    stops = []
    for distance in distances:
        if distance % 1_000:
            stops.append(distance)  # hot 40% stops=list[int]:0..10000
    return tuple(stops)


if __name__ == "__main__":
    print(len(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))))
