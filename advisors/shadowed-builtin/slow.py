"""Writes a line of a log for each row."""

import sys
from reprlib import *

# Rows.
SIZES = (1_000,)


def work(n):
    size = 0
    for number in range(n):
        row = (number, "open", number % 7)
        line = repr(row)  # hot 90% self 2% calls "reprlib:Repr.repr" 88% direct
        size += len(line)
    return size


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
