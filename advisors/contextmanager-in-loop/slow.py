"""Writes nested menus, and adds up what can be read of a list of numbers."""

from contextlib import contextmanager, suppress

# What is entered: 1 is a generator, 2 is suppress.
SIZES = (1, 2)


class Writer:
    def __init__(self):
        self.depth = 0
        self.cells = 0

    def cell(self, text):
        self.cells += self.depth + len(text)

    @contextmanager
    def indented(self):
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


def menus(names):
    writer = Writer()
    for name in names:
        with writer.indented():  # hot 70% self 5% calls "contextlib:contextmanager.<locals>.helper" 25% direct calls "contextlib:_GeneratorContextManager.__enter__" 15% direct calls "contextlib:_GeneratorContextManager.__exit__" 20% direct calls ":Writer.indented" 8%
            writer.cell(name)
    return writer.cells


def readable(names):
    total = 0
    for name in names:
        with suppress(ValueError):  # hot 60% self 10% calls "contextlib:suppress.__init__" 20% direct calls "contextlib:suppress.__enter__" 10% direct calls "contextlib:suppress.__exit__" 20% direct
            total += int(name)
    return total


def prepare(kind):
    return [str(i * 37 % 5_000) for i in range(60_000)], (menus, readable)[kind - 1]


def work(names, done):
    return done(names)


if __name__ == "__main__":
    print(work(*prepare(1)), work(*prepare(2)))
