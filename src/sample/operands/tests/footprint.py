"""As frames.py, with containers whose memory is known: what `sys.getsizeof` says of all that they
hold, each object once; for instances, whose attributes it does not tell, what was allocated."""

import collections
import sys
import tracemalloc

sys.path[:0] = [__file__.rpartition("/")[0]]

from standing import here

COUNT = 20_000


class Slotted:
    __slots__ = ("number", "text")

    def __init__(self, index):
        self.number = index + 0.5
        self.text = "order %09d" % index


class Plain:
    def __init__(self, index):
        self.number = index + 0.5
        self.text = "order %09d" % index
        self.parts = [index + 0.25, index + 0.75]


class Node:
    __slots__ = ("before", "after", "text")

    def __init__(self, index):
        self.before = self.after = None
        self.text = "order %09d" % index


def linked():
    nodes = [Node(i) for i in range(COUNT)]
    for one, other in zip(nodes, nodes[1:]):
        one.after, other.before = other, one
    return nodes


def mixed():
    return [None if i % 4 else "long text %09d" % i * 20 for i in range(COUNT)]


def few():
    lists = [[i + j / 1_000 for j in range(1_000)] for i in range(100)]
    return [lists[i % 100] for i in range(COUNT)]


def row(index):
    return {"id": index + 1_000, "name": "order %09d" % index, "tags": ["a%d" % index, "b%d" % index]}


def itself():
    """A list that holds itself as often as anything else."""
    whole = ["order %09d" % i for i in range(COUNT)]
    whole.extend([whole] * COUNT)
    return whole


MAKERS = {
    "ints": lambda: list(range(1_000, 1_000 + COUNT)),
    "texts": lambda: ["order %09d" % i for i in range(COUNT)],
    "wide": lambda: tuple(["größe 日本 %09d" % i for i in range(COUNT)]),
    "pairs": lambda: [(i + 0.5, "order %09d" % i, b"%09d" % i) for i in range(COUNT)],
    "dicts": lambda: [row(i) for i in range(COUNT)],
    "one": lambda: [[i + 0.5 for i in range(1_000)]] * COUNT,
    "few": few,
    "set": lambda: {(i, "order %09d" % i) for i in range(COUNT)},
    "table": lambda: {"order %09d" % i: [i + 0.5] * 3 for i in range(COUNT)},
    "numbered": lambda: {i: i + 0.5 for i in range(COUNT)},
    "deque": lambda: collections.deque((i + 0.5, i + 0.25) for i in range(COUNT)),
    "slotted": lambda: [Slotted(i) for i in range(COUNT)],
    "plain": lambda: [Plain(i) for i in range(COUNT)],
    "linked": linked,
    "mixed": mixed,
    "itself": itself,
}


def inside(one):
    if isinstance(one, dict):
        yield from one
        yield from one.values()
    elif isinstance(one, (list, tuple, set, collections.deque)):
        yield from one
    elif isinstance(one, (Slotted, Node)):
        yield from (getattr(one, name) for name in one.__slots__)


def deep(whole):
    """What `sys.getsizeof` says of all objects below, each once."""
    met, found, bytes = {id(whole)}, [whole], 0
    while found:
        one = found.pop()
        bytes += sys.getsizeof(one)
        for other in inside(one):
            if id(other) not in met:
                met.add(id(other))
                found.append(other)
    return bytes


def look(name, make):
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    held = make()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    if name != "plain":
        taken = deep(held)
    here("%s %d %d" % (name, sys.getsizeof(held), taken))
    if name == "dicts":
        # Half of what the rows take is the other list's.
        other = held[:-1]
        here("others %d %d" % (sys.getsizeof(held), (taken - sys.getsizeof(held)) // 2))


for name, make in MAKERS.items():
    look(name, make)
