"""Counts the lines of a log that match patterns."""

import re
import sys

# Patterns: one that is written out, or so many of a list. `re` keeps 512.
SIZES = (1, 1_000)


def prepare(n):
    lines = [f"10.0.0.{i % 256} GET /items/{i * 7919 % 1_000} 200" for i in range(20_000 if n == 1 else 5)]
    return lines, [rf"/items/{i} (\d+)$" for i in range(n)]


def work(lines, patterns):
    return one(lines) if len(patterns) == 1 else all_of(lines, patterns)


def one(lines):
    found = 0
    for line in lines:
        if re.match(r"(\d+)\.(\d+)", line):  # hot 90% self 10% calls "re:match" 75% direct calls "re:_compile" 45%
            found += 1
    return found


def all_of(lines, patterns):
    found = 0
    for line in lines:
        for pattern in patterns:
            if re.search(pattern, line):
                found += 1
    return found


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1)))
