"""Writes a delivery list line by line."""

import sys

# Characters of the list when it is half done.
SIZES = (1_000, 10_000, 100_000, 400_000)


class DeliveryList:
    def __init__(self):
        self.text = "order;point;due\n"

    def add(self, lines):
        for line in lines:
            self.text += line  # hot 96% self.text=str:16..600000 line=str:20


def prepare(n):
    lines = range(2 * n // 20)
    return ([f"{order:08d};P{order % 360:03d};{order % 90 + 10}.50\n" for order in lines],)


def work(lines):
    deliveries = DeliveryList()
    deliveries.add(lines)
    return deliveries.text


if __name__ == "__main__":
    text = work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))
    print(len(text), text[-20:].strip())
