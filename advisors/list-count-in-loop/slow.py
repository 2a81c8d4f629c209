"""Counts the votes of each candidate."""

import sys

# How many votes are counted.
SIZES = (50, 1_000, 20_000)


def prepare(n):
    candidates = [f"candidate {number}" for number in range(25)]
    return candidates, [candidates[i * i % 25] for i in range(n)]


def work(candidates, votes):
    result = {}
    for candidate in candidates:
        result[candidate] = votes.count(candidate)  # hot 90% votes=list[str]:20000
    return result


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)))
