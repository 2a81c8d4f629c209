"""As frames.py, of frames that stand at an operation on values that have no names."""

import sys


def here(scenario):
    frame = sys._getframe(2)
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)
    told = f"{scenario}\t{id(frame)}\t{id(code)}\t{name}\t{frame.f_lineno}\n"
    sys.stdout.buffer.write(told.encode())
    sys.stdout.buffer.flush()
    sys.stdin.readline()


class Probe:
    """What is looked for is compared with it, and stands still meanwhile."""

    def __init__(self, scenario):
        self.scenario = scenario

    def __eq__(self, other):
        here(self.scenario)
        return True

    def __radd__(self, other):
        here(self.scenario)
        return 0


KEPT = list(range(500))


def kept():
    return KEPT


def new(size):
    return [object() for _ in range(size)]


def test(probe):
    return probe in kept()


def test_of_new(probe):
    return probe in new(40)


def under_loops(probe, pairs):
    total = 0
    for one in pairs:
        for other, *rest in [(one, 1, 2)]:
            with open("/dev/null") as out:
                total += max(1, sum([2, 3, probe in tuple(kept()), 4]))
                break
    return total


def in_branches(probe, flag=None):
    try:
        found = flag or f"{len(KEPT):>5}{'x' if flag else ''}"
        return {"a": [1, *found, probe not in (kept() if not flag else []), 3]}
    finally:
        del flag


def generator(probe):
    for _ in range(1):
        yield 1
        yield [probe in kept()]


async def coroutine(probe):
    async with Nothing():
        return await nothing() or probe in kept()


async def nothing():
    return None


class Nothing:
    async def __aenter__(self):
        pass

    async def __aexit__(self, *_):
        pass


def chained(probe):
    return 1 < 2 < len("abc") == 3 and [probe in kept() for _ in range(1)]


def sum_of(probe):
    return [1, 2, kept() + probe]


def named(probe, table):
    return probe in table


def closure(probe):
    def inside(n=1, *, m=2):
        return probe in kept()

    return inside()


def raised(probe):
    try:
        raise ValueError
    except ValueError:
        return probe in kept()


async def one():
    yield 1


async def behind_async_for(probe):
    async for _ in one():
        pass
    return [probe in kept()]


def at_last(probe):
    found = []
    try:
        try:
            raise ValueError
        finally:
            found.append(probe in kept())
    except ValueError:
        return found


class Body:
    found = Probe("in a class body") in kept()


test(Probe("what is kept"))
test_of_new(Probe("what is new"))
under_loops(Probe("under loops"), [0])
in_branches(Probe("in branches"))
list(generator(Probe("in a generator")))
try:
    coroutine(Probe("in a coroutine")).send(None)
except StopIteration:
    pass
chained(Probe("in a comprehension"))
sum_of(Probe("a sum"))
named(Probe("names"), KEPT)
closure(Probe("in a closure"))
raised(Probe("in a handler"))
try:
    behind_async_for(Probe("behind async for")).send(None)
except StopIteration:
    pass
at_last(Probe("at last"))
