"""Adds up the amounts of a file."""

import os
import sys
import tempfile

# Lines.
SIZES = (1_000,)


def total(path):
    cents = 0
    for line in open(path):  # hot 40%
        cents += int(line)  # hot 50%
    return cents


def work(n):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "amounts")
        with open(path, "w") as file:
            file.write("250\n99\n" * n)
        return total(path)


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
