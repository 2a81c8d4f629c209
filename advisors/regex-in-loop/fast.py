"""Counts the lines of a log that match patterns."""

import re
import sys

ADDRESS = re.compile(r"(\d+)\.(\d+)")


def prepare(n):
    lines = [f"10.0.0.{i % 256} GET /items/{i * 7919 % 1_000} 200" for i in range(20_000 if n == 1 else 5)]
    return lines, [re.compile(rf"/items/{i} (\d+)$") for i in range(n)]


def work(lines, patterns):
    return one(lines) if len(patterns) == 1 else all_of(lines, patterns)


def one(lines):
    found = 0
    for line in lines:
        if ADDRESS.match(line):  # hot 60%
            found += 1
    return found


def all_of(lines, patterns):
    found = 0
    for line in lines:
        for pattern in patterns:
            if pattern.search(line):
                found += 1
    return found


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1)))
