"""Two calls in turn, as fast as can be. An arrow names whom a line calls."""


def leaf_a(): return 1
def leaf_b(): return 2
def hot_a(): return leaf_a()  # -> leaf_a
def hot_b(): return leaf_b()  # -> leaf_b


def flutter():
    while True:
        hot_a()  # -> hot_a
        hot_b()  # -> hot_b


flutter()  # -> flutter
