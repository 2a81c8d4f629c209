"""How long and how often to measure, and what is common to the rows."""

import statistics
from dataclasses import dataclass

from arithmetic import ratio
from machine import target
from table import Figure


@dataclass
class Effort:
    """Defaults: a quarter of an hour for all rows; quick: a few minutes."""

    quick: bool
    seconds: int

    def __post_init__(self):
        self.rounds = 2 if self.quick else 5
        self.seconds = 1 if self.quick else self.seconds
        self.pairs = 100 if self.quick else 500

    def __str__(self):
        return f"medians of {self.rounds} runs in turn, most of {self.seconds} s"


def in_turn(effort, version, program, measures, *arguments):
    """The results of each measure. A round is one process that all of them look at, in an order
    that is turned around every time."""
    results = [[] for _ in measures]
    for number in range(effort.rounds):
        with target(version, program, *arguments) as pid:
            for at in range(len(measures)) if number % 2 == 0 else reversed(range(len(measures))):
                results[at].append(measures[at](pid))
    return results


def against(figure, ours, peer, most, unit, is_least=False):
    """A figure from the values of the rounds: how ours compares with the peer's, by medians."""
    ours, peer = statistics.median(ours), statistics.median(peer)
    if peer <= 0:
        raise ValueError(f"{figure}: the peer's is {peer}")
    reached = ours >= most * peer if is_least else ours <= most * peer
    wanted = f"at {'least' if is_least else 'most'} {ratio(most)}"
    return Figure(figure, unit(ours), unit(peer), ratio(ours / peer), wanted, reached)


def attempts(figure, measure, *arguments):
    """The figures of one part of a row, or why there are none: the other parts go on."""
    try:
        yield from measure(*arguments)
    except Exception as why:
        yield Figure(figure, f"not measured: {type(why).__name__}: {why}")
