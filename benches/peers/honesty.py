"""Rows about whether what is told is true."""

import statistics
from collections import Counter
from functools import partial

from arithmetic import distance, percent, ratio
from effort import attempts, in_turn
from machine import REPOSITORY
from oracle import possible
from table import Figure
from tools import (NEWEST, SETTLED, UNSEEN, austin, exactly, py_spy, tachyon, tachyon_pausing, unslow)

RATE = 10_000
FLUTTERS = {"calls": 0.0001, "generators": 0.003}  # program -> share that may be impossible


def impossible(effort):
    for program, most in FLUTTERS.items():
        for version, peers in [(NEWEST, {"Tachyon": tachyon}),
                               (SETTLED, {"Austin": austin, "py-spy": py_spy})]:
            figure = f"impossible stacks at 10 kHz, {program}, CPython {version}: against"
            yield from attempts(figure, impossible_on, effort, program, version, peers, most, figure)


def impossible_on(effort, program, version, peers, most, figure):
    profilers = [partial(unslow, tells=True), *peers.values()]
    ours, *theirs = recordings(effort, program, version, profilers, effort.seconds)
    share, cell = lies(program, ours, effort.seconds)
    for name, results in zip(peers, theirs):
        their_share, their_cell = lies(program, results, effort.seconds)
        yield Figure(f"{figure} {name}", cell, their_cell,
                     ratio(share / their_share) if their_share else "",
                     f"at most {percent(most)}", share <= most)
    if version == NEWEST:
        yield accounted(effort, program, version, ours)


def recordings(effort, program, version, profilers, seconds):
    return in_turn(effort, version, program, [
        lambda pid, profiler=profiler: profiler(pid, RATE, seconds) for profiler in profilers])


def lies(program, results, seconds):
    """The share of impossible stacks of all runs together, which are too rare for a median; a
    stack without frames is none, it belongs to what was not delivered."""
    stacks = sum((result.stacks for result in results), Counter())
    total = sum(result.count for result in results)
    bad = sum(count for stack, count in stacks.items() if stack and not possible(program, seen(stack)))
    if not total:
        raise ValueError("no stacks")
    none = max(1 - total / (RATE * seconds * len(results)), 0)
    return bad / total, f"{percent(bad / total)} of {total:,} ({percent(none, 0)} rejected or missed)"


def seen(stack):
    return stack[:-1] if stack[-1] == UNSEEN else stack


def accounted(effort, program, version, results):
    """One thread: every tick is a sample, or counted as what it was."""
    asked = RATE * effort.seconds
    known = ("samples", "torn", "unreadable", "missed")
    share = statistics.median(sum(result.told[kind] for kind in known) / asked for result in results)
    return Figure(f"... samples, rejected and missed that are told, of those asked for, {program}",
                  percent(share), wanted="all (99.9 %)", reached=share >= 0.999)


ENOUGH = 50_000


def exact(effort):
    for program in FLUTTERS:
        figure = f"exact mode, impossible stacks at 10 kHz, {program}, CPython {NEWEST}"
        yield from attempts(figure, exact_on, effort, program, figure)


def exact_on(effort, program, figure):
    seconds = effort.seconds + 1
    ours, theirs = recordings(effort, program, NEWEST, [exactly, tachyon_pausing], seconds)
    share, cell = lies(program, ours, seconds)
    total = sum(result.count for result in ours)
    yield Figure(f"{figure}: against Tachyon --blocking", cell, lies(program, theirs, seconds)[1],
                 wanted=f"0 of at least {ENOUGH:,}", reached=share == 0 and total >= ENOUGH)


# None of these enters the kernel: pausing would find a program that does too often where it leaves it.
TREE = REPOSITORY / "tests/oracle/programs/tree.py"


def truth(effort):
    for program in (*FLUTTERS, TREE):
        name = getattr(program, "stem", program)
        figure = f"total variation distance to exact mode, {name}, CPython {NEWEST}: against Tachyon"
        yield from attempts(figure, truth_on, effort, program, figure)


def truth_on(effort, program, figure):
    """Distances of each run to all exact ones together; those of further exact runs tell how far
    apart equal things are by chance."""
    profilers = [exactly, unslow, tachyon, exactly]
    measures = [partial(innermost, profiler, effort) for profiler in profilers]
    reference, *runs = in_turn(effort, NEWEST, program, measures)
    reference = sum(reference, Counter())
    ours, theirs, chance = (statistics.median(distance(run, reference) for run in one) for one in runs)
    yield Figure(f"{figure} (exact mode to itself: {chance:.3f})", f"{ours:.3f}", f"{theirs:.3f}",
                 ratio(ours / theirs), "no worse", ours <= max(theirs, chance))


def innermost(profiler, effort, pid):
    """How often which function was seen, and called by whom. One that was too fast is none of them."""
    pairs = Counter()
    for stack, count in profiler(pid, 5000, effort.seconds).stacks.items():
        if stack:
            pairs[tuple(name for name, _ in stack[-2:])] += count
    return pairs
