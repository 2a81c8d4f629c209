"""Counts events by their kind."""

import sys

KINDS = ("order", "refund", "visit")

# Events.
SIZES = (1_000,)


def work(n):
    counts = dict.fromkeys(KINDS, 0)

    def note(kind):
        counts[kind] += 1  # hot 30%

    handlers = []
    for kind in KINDS:
        handlers.append(lambda: note(kind))  # hot 60% self 20% on "note(kind)" calls ":work.<locals>.note" 30% direct
    for event in range(n):
        handlers[event % 3]()  # hot 90% self 20% calls ":work.<locals>.<lambda>" 70% direct
    return sum(counts.values())


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))
