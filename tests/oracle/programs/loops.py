"""Loops over generators, and classes that are called, between lines that call nothing: an arrow names
what a line runs."""


def numbers(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(n):
    for i in numbers(n):  # -> numbers
        square = i
        square *= i
        yield square


def both(n):
    n += 1
    yield from squares(n)  # -> squares
    n -= 1


class Point:
    def __init__(self, x):
        x += 1
        self.put(x)  # -> put
        x -= 1

    def put(self, x):
        self.x = x
        self.y = x


def total(n):
    t = 0
    for x in both(n):  # -> both
        t += x
        t ^= x
    return t


def points(n):
    for i in range(n):
        n += 1
        point = Point(i)  # -> __init__
        n -= 1
    return point


print("ready", flush=True)
while True:
    total(40)  # -> total
    points(40)  # -> points
