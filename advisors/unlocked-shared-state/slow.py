"""Adds up the prices of orders, which some threads fetch."""

import sys
import threading
import time

THREADS = 4

# Orders.
SIZES = (1_000,)

total = 0


def price(order):
    """The price of an order in cents, as the shop tells it."""
    time.sleep(0.0005)
    cents = order % 977
    for digit in str(order * 7_919):
        cents += int(digit) * 13 % 7
    return cents


def add(orders):
    global total
    for order in orders:
        total += price(order)  # hot 85% self 1% idle 300% threads 4 on "price(order)" calls ":price" 84% direct


def work(n):
    parts = [range(part, n, THREADS) for part in range(THREADS)]
    threads = [threading.Thread(target=add, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(map(len, parts))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000), "orders")
