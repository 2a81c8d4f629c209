"""Writes nested menus, and adds up what can be read of a list of numbers."""

# What is entered: 1 is a class of its own, 2 is a try.
SIZES = (1, 2)


class Indented:
    __slots__ = ("writer",)

    def __init__(self, writer):
        self.writer = writer

    def __enter__(self):
        self.writer.depth += 1

    def __exit__(self, *raised):
        self.writer.depth -= 1


class Writer:
    def __init__(self):
        self.depth = 0
        self.cells = 0
        self.indented = Indented(self)

    def cell(self, text):
        self.cells += self.depth + len(text)


def menus(names):
    writer = Writer()
    for name in names:
        with writer.indented:
            writer.cell(name)  # hot 40% self 20% calls ":Writer.cell" 20% direct
    return writer.cells


def readable(names):
    total = 0
    for name in names:
        try:
            total += int(name)  # hot 20%
        except ValueError:
            pass
    return total


def prepare(kind):
    return [str(i * 37 % 5_000) for i in range(60_000)], (menus, readable)[kind - 1]


def work(names, done):
    return done(names)


if __name__ == "__main__":
    print(work(*prepare(1)), work(*prepare(2)))
