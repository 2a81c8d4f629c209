"""Writes a delivery list line by line."""

import sys

# Characters of the list when it is half done.
SIZES = (1_000, 10_000, 100_000, 400_000)


class DeliveryList:
    def __init__(self):
        self.lines = ["order;point;due\n"]

    def add(self, lines):
        for line in lines:
            self.lines.append(line)  # hot 30% self.lines=list:15000 line=str:20

    def text(self):
        return "".join(self.lines)


def prepare(n):
    lines = range(2 * n // 20)
    return ([f"{order:08d};P{order % 360:03d};{order % 90 + 10}.50\n" for order in lines],)


def work(lines):
    deliveries = DeliveryList()
    deliveries.add(lines)
    return deliveries.text()


if __name__ == "__main__":
    text = work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))
    print(len(text), text[-20:].strip())
