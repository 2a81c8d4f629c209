"""Lists the orders that are overdue."""

import sys

# Orders.
SIZES = (10_000,)


def overdue(rows, today, found=None):
    if found is None:
        found = []
    for number, due in rows:
        if due < today:
            found.append(number)  # hot 60% found=list[int]:0..50000
    return found


def work(n):
    rows = [(i, i * 7_919 % 365) for i in range(n)]
    return overdue(rows, 180)


if __name__ == "__main__":
    print(len(work(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)))
