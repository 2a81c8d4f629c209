"""Takes the seats that were sold off the list of free ones."""

import sys

# How many seats there are.
SIZES = (50, 500, 5_000)


def prepare(n):
    free = [f"seat {number}" for number in range(n)]
    return free, [free[i * 7919 % n] for i in range(0, n, 2)]


def work(free, sold):
    for seat in sold:
        free.remove(seat)  # hot 90% on "free.remove(seat)" free=list[str]:2500..5000
    return len(free), free[0], free[-1]


if __name__ == "__main__":
    print(*work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)))
