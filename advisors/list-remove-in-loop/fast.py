"""Takes the seats that were sold off the list of free ones."""

import sys

# How many seats there are.
SIZES = (50, 500, 5_000)


def prepare(n):
    free = [f"seat {number}" for number in range(n)]
    return free, [free[i * 7919 % n] for i in range(0, n, 2)]


def work(free, sold):
    gone = set()
    for seat in sold:
        gone.add(seat)  # hot 20% on "gone.add(seat)" gone=set[str]:0..2500
    free = [seat for seat in free if seat not in gone]
    return len(free), free[0], free[-1]


if __name__ == "__main__":
    print(*work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)))
