"""Counts the votes of each candidate."""

import sys
from collections import Counter

# How many votes are counted.
SIZES = (50, 1_000, 20_000)


def prepare(n):
    candidates = [f"candidate {number}" for number in range(25)]
    return candidates, [candidates[i * i % 25] for i in range(n)]


def work(candidates, votes):
    counts = Counter(votes)  # hot 90%
    result = {}
    for candidate in candidates:
        result[candidate] = counts[candidate]
    return result


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
