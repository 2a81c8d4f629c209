"""Two generators that are driven in turn, as fast as can be. An arrow names whom a line runs."""


def leaf_a(): return 1
def leaf_b(): return 2


def hot_a():
    while True:
        yield leaf_a()  # -> leaf_a


def hot_b():
    while True:
        yield leaf_b()  # -> leaf_b


def flutter():
    a, b = hot_a(), hot_b()
    while True:
        next(a)  # -> hot_a
        next(b)  # -> hot_b


flutter()  # -> flutter
