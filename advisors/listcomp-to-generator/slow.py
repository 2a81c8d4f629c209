"""The variance of many measurements."""

import sys

# Measurements.
SIZES = (10_000,)


def prepare(n):
    return ([i * 37 % 5_000 for i in range(n)],)


def work(values):
    mean = sum(values) // len(values)  # hot 10%
    squares = sum([(value - mean) ** 2 for value in values])  # hot 85% values=list[int]:1500000
    return squares // len(values)


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1_500_000)))
