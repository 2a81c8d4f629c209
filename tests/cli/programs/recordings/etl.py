"""Orders that came twice are left out: slowly."""
import sys
import time


def dedupe(ids):
    seen = []
    for order in ids:
        if order not in seen:
            seen.append(order)
    return seen


def load(count):
    return [number * 7 % (count // 2) for number in range(count)]


def main(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        dedupe(load(6000))


if __name__ == "__main__":
    main(float(sys.argv[1]))
