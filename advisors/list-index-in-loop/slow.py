"""Adds up the distances between stops on a line."""

import sys

# How many stops the line has.
SIZES = (50, 500, 5_000)


def prepare(n):
    stops = [f"stop {number}" for number in range(n)]
    return stops, [(stops[i * 7919 % n], stops[i * 104729 % n]) for i in range(500)]


def work(stops, rides):
    total = 0
    for start, end in rides:
        first = stops.index(start)  # hot 45% stops=list[str]:5000
        last = stops.index(end)  # hot 45% stops=list[str]:5000
        total += abs(last - first)
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)))
