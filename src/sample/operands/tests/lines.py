"""As frames.py; what a look is for are the names on the line after the one that calls here()."""

import sys
from collections import Counter, defaultdict


def here(scenario):
    frame = sys._getframe(1)
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)
    line = frame.f_lineno + 1
    told = f"{scenario}\t{id(frame)}\t{id(code)}\t{name}\t{line}\n"
    sys.stdout.buffer.write(told.encode())
    sys.stdout.buffer.flush()
    sys.stdin.readline()


class Config:
    kinds = {"a", "b"}

    def __init__(self):
        self.rows = [1, 2, 3]
        self.inner = None
        self.name = "config"


class Shop:
    PERMITTED = frozenset("abc")

    def __init__(self):
        self.config = Config()
        self.config.inner = Config()
        self.text = "text"
        self.__private = [1]
        self.orders = [("tea", 1)] * 5

    @property
    def computed(self):
        return []

    def augmented(self, part):
        here("augmented")
        self.text += part
        return self.orders

    def private(self):
        here("private")
        return self.__private, self.orders

    def chained(self, key):
        here("chained")
        return key in self.config.rows or key in self.config.kinds

    def too_deep(self):
        here("too deep")
        return self.config.inner.rows

    def method_call(self, item):
        here("method call")
        self.orders.append(item)

    def of_class(self, item):
        here("of class")
        return item in self.PERMITTED, self.computed


class Planner:
    def __init__(self):
        self.state = {"open": [1], "closed": [1, 2, 3], 7: (1, 2)}
        self.index = {f"k{n}": list(range(n)) for n in range(400)}
        self.levels = [{1}, {1, 2}]

    def constant(self, item):
        here("item by constant")
        return item in self.state["closed"], self.state['open'], self.state[7], self.levels[-1]

    def by_name(self, item, key, level):
        here("item by name")
        return item in self.index[key], self.levels[level]

    def nested(self, item):
        here("item of item")
        return item in self.config["limits"]["low"], self.index["k3"].count(item)

    def missing(self, item, key):
        here("item that is not there")
        return item in self.index[key], self.state[item.real]


class Grid(dict):
    def __getitem__(self, key):
        return [key]


def of_subclass(grid, counts, groups, other):
    here("item of a subclass")
    return grid["a"], counts["a"], groups["a"], other["a"]


class Lookalike(dict):
    def __getitem__(self, key):
        return [key]


Lookalike.__name__ = "defaultdict"


ALLOWED = ["a", "b", "c"]
PRICES = {"tea": 3}
shop = Shop()


def two_locals(item, seen, other):
    here("two locals")
    found = item in seen
    return found, other


def only_globals(item):
    here("global")
    found = item in ALLOWED
    return found, PRICES


def over_lines(item, first, second, other):
    here("over lines")
    found = (item in first
        or item in second)
    return found, other


def inside_lines(item, first, second, other):
    found = (here("inside lines"),
        item in first
        or item in second
    )
    return found, other


def closure():
    content = ["x"] * 7
    other = 1

    def inner(item):
        here("closure")
        return item in content

    inner(other)


def comprehended(rows, wanted, other):
    here("comprehended")
    found = [row for row in rows if row in wanted]
    return found, other


def many():
    names = [f"name_{n}" for n in range(300)]
    body = "".join(f"    {name} = [{n}] * {n}\n" for n, name in enumerate(names))
    source = f"def f():\n{body}    here('many')\n    return name_7, name_299.count(name_0[name_1])\n"
    namespace = {"here": here}
    exec(source, namespace)
    namespace["f"]()


def hot(shop, table, n, total):
    """Called often, so that its instructions take their specialised forms."""
    if n == 2_999:
        here("hot")
    return total + len(shop.config.rows) + len(ALLOWED) + table[n % 10]


def call_hot():
    shop = Shop()
    table = {n: n for n in range(10)}
    total = 0
    for n in range(3_000):
        total = hot(shop, table, n, total)


def no_names(items):
    here("no names")
    pass
    return items


def run(scenario, *arguments):
    try:
        scenario(*arguments)
    except (AttributeError, TypeError, LookupError):
        pass


run(shop.augmented, "part")
run(shop.private)
run(shop.chained, 1)
run(shop.too_deep)
run(shop.method_call, "item")
run(shop.of_class, "item")
run(two_locals, 1, [1], [2])
run(only_globals, "a")
run(over_lines, 1, [1], {2}, ())
run(inside_lines, 1, [1], {2}, ())
run(closure)
run(comprehended, [1, 2], {3}, ())
run(many)
run(call_hot)
planner = Planner()
planner.config = {"limits": {"low": [0] * 6}}
run(planner.constant, 1)
key, missing = "k" + str(317), "k" + str(401)
{key, missing}
run(planner.by_name, 1, key, -1)
run(planner.nested, 1)
run(planner.missing, 1, missing)
run(of_subclass, Grid(a=[1]), Counter(a=3), defaultdict(list, a=[1, 2]), Lookalike(a=[1]))
run(no_names, [1])
here("module")
shop.orders, PRICES
