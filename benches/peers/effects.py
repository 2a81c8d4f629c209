"""Rows about what the target feels of it."""

import random
import signal
import statistics
import subprocess
import time
from math import expm1, log

from arithmetic import median_interval, percent, stopped
from effort import against, attempts
from machine import started
from table import Figure
from tools import NEWEST, OURS, SETTLED, exactly, py_spy_pausing, tachyon_pausing

PAUSES = [(NEWEST, "Tachyon --blocking", tachyon_pausing, 1.0),
          (SETTLED, "py-spy", py_spy_pausing, 1 / 30)]


def pauses(effort):
    for version, name, profiler, most in PAUSES:
        figure = f"exact mode, time stopped a running second at 1 kHz, depth 38, CPython {version}"
        yield from attempts(figure, pauses_on, effort, version, name, profiler, most, figure)


def pauses_on(effort, version, name, profiler, most, figure):
    ours, theirs = [], []
    for _ in range(effort.rounds):
        ours.append(stops(effort, version, exactly))
        theirs.append(stops(effort, version, profiler))
    if any(statistics.median(lost for lost, _ in runs) <= 0 for runs in (ours, theirs)):
        raise ValueError("the machine kept the target waiting more than that")
    rates = [statistics.median(rate for _, rate in runs) for runs in (ours, theirs)]
    told = "{:,.0f} and {:,.0f} stacks a second".format(*rates)
    yield against(f"{figure}: against {name} ({told})", [lost for lost, _ in ours],
                  [lost for lost, _ in theirs], most, lambda seconds: f"{seconds * 1e3:.1f} ms")


def stops(effort, version, profiler):
    """Seconds stood still for each that ran, and stacks for each second of the clock on the wall."""
    with started(version, "pauses", stdout=subprocess.PIPE) as clock:
        time.sleep(1)
        began = time.monotonic()
        result = profiler(clock.pid, 1000, effort.seconds + 1)
        ended = time.monotonic()
        clock.terminate()
        lines = clock.communicate()[0].splitlines()
    bins = [tuple(map(float, line.split())) for line in lines if line.count(" ") == 2]
    return stopped(bins, began, ended), result.count / result.wall


def slowed(effort):
    """One process does the same short work again and again, half of it while unslow, which has
    attached long ago, is stopped; in each pair chance says which half."""
    command = [OURS, "record", "-r", "100", "-o", "/dev/null", "-f", "folded", "-p"]
    with started(NEWEST, "work", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        sampler = subprocess.Popen([*command, str(worker.pid)], stderr=subprocess.DEVNULL)
        try:
            time.sleep(1)
            pairs = [pair(worker, sampler) for _ in range(effort.pairs)]
        finally:
            sampler.kill()
            sampler.wait()
    for kind, ratios in zip(("processor time", "time on the wall"), zip(*pairs)):
        low, high = median_interval(ratios)
        slower = [expm1(value) for value in (statistics.median(ratios), low, high)]
        yield Figure(f"target slowed at 100 Hz, {kind}, {len(ratios)} pairs, 95 % interval",
                     "{} ({} to {})".format(*(percent(value, sign="+") for value in slower)),
                     wanted="under 1 %", reached=slower[-1] < 0.01)


def pair(worker, sampler):
    """Logarithms of how much longer the work took while it was sampled: processor, wall."""
    took = {}
    for is_sampled in random.sample([True, False], 2):
        sampler.send_signal(signal.SIGCONT if is_sampled else signal.SIGSTOP)
        if sampler.poll() is not None:
            raise ChildProcessError("unslow has ended")
        print(file=worker.stdin, flush=True)
        took[is_sampled] = tuple(map(float, worker.stdout.readline().split()))
    return [log(sampled / alone) for sampled, alone in zip(took[True], took[False])]
