"""Ranks orders by what they cost, and by who ordered first."""

import sys

# Orders.
SIZES = (10, 1_000, 100_000)


class Order:
    def __init__(self, number, cents):
        self.number = number
        self.cents = cents


def prepare(n):
    rows = [(i, i * 7_919 % 100_003) for i in range(n)]
    return rows, [Order(*row) for row in rows]


def work(rows, orders):
    total = 0
    for _ in range(max(1, 1_000 // len(rows))):
        dearest = max(rows, key=lambda row: row[1])  # hot 30% self 15% calls ":work.<locals>.<lambda>" 15% direct rows=list[tuple]:3000
        ranked = sorted(orders, key=lambda order: order.cents)  # hot 60% self 40% calls ":work.<locals>.<lambda>" 20% direct orders=list[Order]:3000
        total += dearest[0] + ranked[-1].number + ranked[0].cents
    return total


if __name__ == "__main__":
    rows, orders = prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
    print(sum(work(rows, orders) for _ in range(200)))
