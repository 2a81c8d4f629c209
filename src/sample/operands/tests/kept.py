"""As frames.py, with containers of many strings."""

import sys

sys.path[:0] = [__file__.rpartition("/")[0]]

from standing import here

COUNT = 200_000
PLACES = ["Oslo", "Lima", "größe", "日本", "x" * 1_000]


def new(index):
    """A string of its own."""
    return "".join([PLACES[index % 5][:-1], PLACES[index % 5][-1:]])


def texts():
    own = [new(i) for i in range(COUNT)]
    here("own")
    shared = [sys.intern(text) for text in own]
    del own
    here("shared")
    held = dict(enumerate([new(i) for i in range(COUNT)]))
    del shared
    here("values")
    few = list(held.values())[:1_000]
    del held
    here("few")
    rows = [(i, new(i), "Oslo") for i in range(COUNT)]
    del few
    here("rows")
    rows = [{"id": i, "city": new(i)} for i in range(COUNT)]
    here("dicts")


texts()
