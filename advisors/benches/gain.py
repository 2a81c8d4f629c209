"""Times slow.py against fast.py: gain.py [--whole] SLOW FAST [SIZE ...] -> lines `size slow fast`,
seconds; with --whole also what of slow's was `prepare`.

The two are run in turn, so that a slow moment of the machine falls on both. Processor time is
what counts, unless slow.py has a `clock` of its own. `prepare(n)` gives what `work` is called
with, and is not timed, but with --whole; without it, `work(n)` is called.
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


def timed(module, size, turns, clock, whole):
    prepare = getattr(module, "prepare", lambda n: (n,))
    start = clock()
    arguments = (prepare(size) for _ in range(turns))
    if not whole:
        arguments = list(arguments)
        start = clock()
    for argument in arguments:
        module.work(*argument)
    return (clock() - start) / turns


def preparing(module, size, turns, clock):
    prepare = getattr(module, "prepare", lambda n: (n,))
    start = clock()
    for _ in range(turns):
        prepare(size)
    return (clock() - start) / turns


def main():
    words = [word for word in sys.argv[1:] if word != "--whole"]
    whole = len(words) + 1 < len(sys.argv)
    slow, fast = load("slow", words[0]), load("fast", words[1])
    clock = getattr(slow, "clock", time.process_time)
    for size in map(int, words[2:]) if len(words) > 2 else slow.SIZES:
        once = max(timed(fast, size, 1, clock, whole), 1e-7)
        turns = max(1, min(200, int(LEAST_SECONDS / once)))
        once = max(timed(slow, size, 1, clock, whole), 1e-7)
        slow_turns = max(1, min(turns, int(10 * LEAST_SECONDS / once)))
        for _ in range(REPETITIONS):
            slow_time = timed(slow, size, slow_turns, clock, whole)
            told = [preparing(slow, size, slow_turns, clock)] if whole else []
            print(size, slow_time, timed(fast, size, turns, clock, whole), *told)


if __name__ == "__main__":
    main()
