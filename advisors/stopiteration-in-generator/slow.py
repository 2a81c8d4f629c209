"""Adds up how many days lie between one date and the next."""

import sys

# Dates.
SIZES = (10_000,)


def number(text):
    year, month, day = text.split("-")
    return (int(year) * 12 + int(month)) * 31 + int(day)  # hot 50%


def gaps(texts):
    rest = iter(texts)
    last = number(next(rest))
    while True:
        day = number(next(rest))  # hot 80% self 20% on "number(next(rest))" rest=list_iterator
        yield day - last
        last = day


def work(n):
    texts = [f"{2000 + i // 372}-{i // 31 % 12 + 1}-{i % 31 + 1}" for i in range(n)]
    found = gaps(texts)
    return sum(next(found) for _ in range(n - 1))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
