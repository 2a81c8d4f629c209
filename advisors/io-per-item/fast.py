"""Writes the lines of a log."""

import os
import sys
import tempfile


def prepare(kind):
    lines = [f"2024-02-29 order {i} shipped" for i in range(5_000 if kind < 3 else 50_000)]
    return lines, (opened, flushed, printed)[kind - 1]


def work(lines, write):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        write(path, lines)
        return os.stat(path).st_size


def opened(path, lines):
    with open(path, "a") as log:
        for line in lines:
            log.write(line + "\n")  # hot 40%


def flushed(path, lines):
    with open(path, "w") as log:
        for line in lines:
            log.write(line + "\n")


def printed(path, lines):
    with open(path, "w") as log:
        log.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1)))
