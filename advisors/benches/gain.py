"""Times slow.py against fast.py: gain.py SLOW FAST [SIZE ...] -> lines `size slow fast`, seconds.

The two are run in turn, so that a slow moment of the machine falls on both. Processor time is
what counts, unless slow.py has a `clock` of its own. `prepare(n)` gives what `work` is called
with, and is not timed; without it, `work(n)` is called.
"""

import importlib.util
import os
import sys
import time

REPETITIONS = 7
LEAST_SECONDS = 0.02


def load(name, path):
    # Workers that are not forked import what they are to call.
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def timed(module, size, turns, clock):
    prepare = getattr(module, "prepare", lambda n: (n,))
    arguments = [prepare(size) for _ in range(turns)]
    start = clock()
    for argument in arguments:
        module.work(*argument)
    return (clock() - start) / turns


def main():
    slow, fast = load("slow", sys.argv[1]), load("fast", sys.argv[2])
    clock = getattr(slow, "clock", time.process_time)
    for size in map(int, sys.argv[3:]) if len(sys.argv) > 3 else slow.SIZES:
        once = max(timed(fast, size, 1, clock), 1e-7)
        turns = max(1, min(200, int(LEAST_SECONDS / once)))
        slow_turns = max(1, min(turns, int(10 * LEAST_SECONDS / max(timed(slow, size, 1, clock), 1e-7))))
        for _ in range(REPETITIONS):
            print(size, timed(slow, size, slow_turns, clock), timed(fast, size, turns, clock))


if __name__ == "__main__":
    main()
