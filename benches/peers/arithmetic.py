"""What the rows calculate; nothing here starts anything."""

import math
import statistics


def median_interval(values, confidence=0.95):
    """Between which of the values their median lies, by order statistics: how many of them are
    below it is binomial, whatever their distribution is."""
    values, count = sorted(values), len(values)
    outside, left_out = 0.0, 0
    while left_out < count // 2:
        outside += 2 * math.comb(count, left_out) / 2**count
        if outside > 1 - confidence:
            break
        left_out += 1
    if left_out == 0:
        raise ValueError(f"{count} values say too little for an interval")
    return values[left_out - 1], values[-left_out]


def distance(one, other):
    """Total variation between two tallies of stacks: 0 the same shares, 1 nothing in common."""
    all_one, all_other = sum(one.values()), sum(other.values())
    if not all_one or not all_other:
        raise ValueError("no stacks to compare")
    shares = (abs(one[key] / all_one - other[key] / all_other) for key in {*one, *other})
    return sum(shares) / 2


def slope(values):
    """Growth from one value to the next: the median over all pairs (Theil and Sen), which a few
    dips do not bend."""
    steps = [(later - earlier) / (j - i) for i, earlier in enumerate(values)
             for j, later in enumerate(values) if j > i]
    return statistics.median(steps)


def stopped(bins, began, ended):
    """Seconds that a process stood still for each second it ran, from lines of programs/pauses.py
    before and while it was sampled. Medians of them: attaching and leaving are not in it. Below 0 when
    the machine kept it waiting more often before."""
    alone = [lost / length for end, length, lost in bins if end < began]
    sampled = [lost / length for end, length, lost in bins if began < end - length and end < ended]
    if not alone or not sampled:
        raise ValueError("the clock said too little")
    share = statistics.median(sampled) - statistics.median(alone)
    return share / (1 - share)


def ratio(value):
    """0.75x, or 1/30 where that says more."""
    if value == 0:
        return "0"
    return f"1/{1 / value:.0f}" if 0 < value < 0.2 else f"{value:.2f}x"


def percent(value, digits=2, sign=""):
    return f"{value * 100:{sign}.{digits}f} %"
