"""Frames with known operands. Each calls here(), which tells where the calling frame is and waits.

A line on stdout, separated by tabs: the scenario, the address of the frame object, the address of
the code object, the code's qualified name. The frame stands still until a line comes on stdin.
"""

import sys
import collections
import functools

ALLOWED = ["a", "b", "c"]
PRICES = {"tea": 3, "milk": 2}
grösse = (1, 2.0, "three")
REMOVED = [1]
del REMOVED


def here(scenario, depth=1):
    frame = sys._getframe(depth)
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)
    sys.stdout.buffer.write(f"{scenario}\t{id(frame)}\t{id(code)}\t{name}\n".encode())
    sys.stdout.buffer.flush()
    sys.stdin.readline()


class Basket(list):
    pass


class Labels(set):
    pass


class Ring(collections.deque):
    pass


def builtins(argument, *rest, key=None):
    a_list = [1, "one", 1.0, 2]
    a_tuple = ("x", b"y", None)
    a_set = {1, 2, 3, 4, 5}
    a_frozenset = frozenset(["p", "q"])
    a_dict = {n: n for n in range(70)}
    a_str = "plain"
    a_wide = "日本語🐍"
    bytes_ = b"\0" * 300_000
    a_bytearray = bytearray(b"abc")
    a_deque = collections.deque([1, 2, 3], maxlen=9)
    number = 12345678901234567890
    flag = True
    ratio = 0.5
    nothing = None
    a_range = range(10)
    a_function = builtins
    a_class = Basket
    a_module = sys
    large = list(range(100_000))
    huge_text = "s" * 3_000_000
    mixed_list = [[], {}, set()]
    deleted = [1, 2]
    del deleted
    here("builtins")
    never_bound = 1
    return never_bound


def buffers():
    import array
    numbers = array.array("d", [0.5] * 6)
    view = memoryview(numbers)
    part = view[1:6:2]
    square = memoryview(bytes(12)).cast("B", (3, 4))
    stepped = range(7, -8, -3)
    nothing = range(0)
    long = range(5_000_000_000)
    endless = range(1 << 100)
    here("buffers")


def subclasses():
    basket = Basket([1, 2])
    labels = Labels("abc")
    ring = Ring("abcd")
    counter = collections.Counter("aab")
    ordered = collections.OrderedDict(a=1)
    by_default = collections.defaultdict(list, b=2, c=3)
    point = collections.namedtuple("Point", "x y")(1, 2)
    here("subclasses")


def cells(given, both):
    content = ["x"] * 7
    unset: list
    later = {1: 1}
    del later

    def inner(own):
        here("closure")
        return own, content, given, unset, later

    def reads_both():
        return both

    here("cells")
    inner({"k": 1})
    unset = []


def global_names():
    local = 1
    here("globals")
    return ALLOWED, PRICES, grösse, REMOVED, UNKNOWN, len, collections, local  # noqa: F821


def newer_builtins():
    if sys.version_info >= (3, 15):
        frozen = frozendict(a=1, b=2)  # noqa: F821
    here("newer builtins")
    return frozen


class Shop:
    def __init__(self):
        self.orders = [("tea", 1)] * 5
        self.seen = set()
        self.__secret = {"a": 1}
        self.name = "Shop ünder test"
        self.unnamed = []

    def inline(self):
        here("inline")
        return self.orders, self.seen, self.__secret, self.name, self.missing

    def materialised(self):
        self.__dict__["extra"] = (1, 2, 3)
        here("materialised")
        return self.orders, self.extra

    def cleared(self):
        del self.orders
        here("cleared")
        return self.orders, self.seen


class Base:
    PERMITTED = frozenset("abc")
    DEFAULTS = {"a": 1, "b": 2}
    limit = 10

    @property
    def computed(self):
        return []


class Derived(Base):
    DEFAULTS = {"shadows": 1}
    hidden_by_instance = [1, 2, 3]

    def __init__(self):
        self.hidden_by_instance = ("own",)

    def method(self):
        here("class attributes")
        return self.PERMITTED, self.DEFAULTS, self.limit, self.computed, self.hidden_by_instance


class Many:
    """More attributes than fit into shared keys: a dict of its own."""

    def __init__(self):
        for n in range(60):
            setattr(self, f"field_{n}", [n] * n)

    def method(self):
        here("many")
        return self.field_0, self.field_31, self.field_59


class Slotted:
    __slots__ = ("rows", "unset", "__hidden")

    def __init__(self):
        self.rows = [1, 2, 3]
        self.__hidden = {1}

    def method(self):
        here("slots")
        return self.rows, self.unset, self.__hidden


class SlottedChild(Slotted):
    __slots__ = ("more",)

    def __init__(self):
        super().__init__()
        self.more = "more"

    def child(self):
        here("inherited slots")
        return self.rows, self.more


class OddTuple(tuple):
    """Of variable size: its dictionary's place depends on its length."""

    def method(self):
        here("variable size")
        return self.tags


class Index(dict):
    def method(self):
        here("dict subclass")
        return self.tags


class Meta(type):
    pass


class Made(metaclass=Meta):
    pass


def other_instances():
    shop = Shop()
    made = Made()
    made.orders = [1]
    error = ValueError("x")
    error.orders = {1, 2}
    partial = functools.partial(int)
    partial.orders = "four"
    here("other instances")
    return shop.orders, collections.OrderedDict


def general_keys():
    namespace = {1: "not a name", "here": here, "table": [1, 2, 3, 4]}
    exec(compile("here('general keys')\ntable\n", "<generated>", "exec"), namespace)


def separate_locals():
    source = "own = [1, 2]\nALLOWED = 'shadow'\nhere('separate locals')\nPRICES, own, ALLOWED\n"
    exec(source, globals(), {})


def generator():
    buffer = bytearray(11)
    here("generator")
    yield buffer


def large_namespace():
    namespace = {f"name_{n}": n for n in range(3_000)}
    namespace.update(here=here, target_list=[0] * 12)
    exec("here('large namespace')\ntarget_list\n", namespace)


def crowded_namespace():
    namespace = {"here": here, "target_list": [0] * 12}
    namespace.update({f"name_{n}": n for n in range(20_000)})
    exec("here('crowded namespace')\ntarget_list\n", namespace)


def sorting():
    items = [3, 1, 2]

    def key(item):
        if item == 1:
            here("sorting", depth=2)
        return item

    items.sort(key=key)


def removed_entries():
    numbers = set(range(100))
    for n in range(95):
        numbers.discard(n)
    texts = {"a", "b"}
    texts.discard("a")
    here("removed entries")


def comprehension():
    words = ["w"]
    return [here("comprehension") for word in words if word]


def hidden_local():
    """Where a comprehension runs in the module's own frame, its variable is a slot of that."""
    source = "word = 5\nlength = [here('hidden local') for word in ['w'] if word]\n"
    exec(source, {"here": here})


def outdated_locals():
    grown = [1]
    locals()
    grown = [1, 2]
    here("outdated locals")
    return grown


class Body:
    columns = [1, 2, 3, 4]
    here("class body")
    both = columns, ALLOWED


def renamed():
    made = type("Before", (), {})()
    here("before renaming")
    type(made).__name__ = "AfterTheRenamingWithAnotherLength"
    here("after renaming")


def run(scenario, *arguments, **keywords):
    """Calls it; what it reads after its here() may be unbound on purpose."""
    try:
        scenario(*arguments, **keywords)
    except (AttributeError, NameError):
        pass


odd = OddTuple("abc")
odd.tags = ["t"]
index = Index(a=1)
index.tags = {"t": 1}

run(builtins, "argument", 1, 2, key=[None])
run(buffers)
run(subclasses)
run(cells, "given", frozenset("ab"))
run(global_names)
run(newer_builtins)
run(Shop().inline)
run(Shop().materialised)
run(Shop().cleared)
run(Derived().method)
run(Many().method)
run(Slotted().method)
run(SlottedChild().child)
run(odd.method)
run(index.method)
run(other_instances)
run(general_keys)
run(separate_locals)
run(next, generator())
run(large_namespace)
run(crowded_namespace)
run(sorting)
run(removed_entries)
run(comprehension)
run(hidden_local)
run(outdated_locals)
run(renamed)
shop = Shop()
here("module")
shop.orders, PRICES, grösse, ALLOWED
