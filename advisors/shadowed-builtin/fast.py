"""Writes a line of a log for each row."""

import sys

# Rows.
SIZES = (1_000,)


def work(n):
    size = 0
    for number in range(n):
        row = (number, "open", number % 7)
        line = repr(row)  # hot 60%
        size += len(line)
    return size


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
