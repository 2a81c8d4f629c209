"""Adds up balances after each booking."""

import sys

# Bookings that are there when it is half done.
SIZES = (10, 1_000, 5_000)


def prepare(n):
    return ([booking * 7_919 % 1_003 - 500 for booking in range(2 * n)],)


def work(bookings):
    balances = [0]
    for booking in bookings:
        balances.append(balances[-1] + booking)  # hot 40% on "balances.append(balances[-1] + booking)" balances=list[int]:1..10000
    return balances


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))[-1])
