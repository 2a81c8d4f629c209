"""Looks for what is not there, for as many seconds as told, then exits with a code."""

import sys
import time


def search(seconds):
    known = list(range(5_000))
    found = 0
    end = time.time() + seconds
    while time.time() < end:
        for _ in range(100):
            if -1 in known:
                found += 1
    return found


if __name__ == "__main__":
    print("found", search(float(sys.argv[1])))
    sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
