"""The rows of the table: what is measured, and how."""

import json
import math
import re
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass
from functools import partial

from tools import (OURS, PROGRAMS, REPOSITORY, CannotRun, austin, py_spy, python, run, scratch,
                   tachyon, target, unslow)

NEWEST = "3.15"


@dataclass
class Row:
    """One line of the table."""

    figure: str
    value: str
    wanted: str
    reached: bool | None


class Effort:
    """How long and how often to measure."""

    def __init__(self, quick, seconds):
        self.rounds = 1 if quick else 5
        self.seconds = 2 if quick else seconds
        self.pairs = 2 if quick else 12


def medians(effort, measures):
    """Each of the measures, in turn, `effort.rounds` times."""
    rounds = [[measure() for measure in measures] for _ in range(effort.rounds)]
    return [statistics.median(values) for values in zip(*rounds)]


def walker_bench():
    """`cargo bench --bench walker` at depth 38: version -> (ours, py-spy's), microseconds."""
    command = ["cargo", "bench", "--quiet", "--bench", "walker", "--", "38"]
    _, text = run(command, cwd=REPOSITORY)
    lines = re.findall(r"^ *(3\.\d+) +38 +([\d.]+) +([\d.]+)", text, re.M)
    return {version: (float(ours), float(theirs)) for version, ours, theirs in lines}


def cpu_per_sweep(effort):
    found = walker_bench()
    for version, (ours, theirs) in found.items():
        ratio = theirs / ours
        yield Row(f"CPU per sweep, depth 38, CPython {version}: against the py-spy crate",
                  f"{ours:.1f} / {theirs:.0f} us = 1/{ratio:.0f}", "1/100", ratio >= 100)
    ours, _ = found.get(NEWEST) or (None, None)
    if ours is None:
        raise CannotRun(f"no CPython {NEWEST}")
    with target(NEWEST, "deep") as pid:
        _, text = run([python(NEWEST), PROGRAMS / "unwinder.py", pid])
    plain, cached = map(float, text.split())
    for theirs, how in [(cached, "caching frames, which writes into the target"),
                        (plain, "without its cache")]:
        yield Row(f"... against Tachyon's unwinder on {NEWEST}, {how}",
                  f"{ours:.1f} / {theirs:.1f} us = {ours / theirs:.2f}x", "0.75x",
                  ours <= 0.75 * theirs)


def end_to_end(effort):
    def per_stack(profiler, version):
        with target(version, "deep") as pid:
            result = profiler(pid, 1000, effort.seconds)
        return result.cpu / result.count * 1e6

    for version, theirs, name, most in [(NEWEST, tachyon, "Tachyon", 0.4),
                                        ("3.13", austin, "Austin", 0.75),
                                        ("3.13", py_spy, "py-spy", 1 / 18)]:
        ours, peer = medians(effort, [partial(per_stack, unslow, version),
                                      partial(per_stack, theirs, version)])
        yield Row(f"CPU per stack end to end at 1 kHz, depth 38, CPython {version}: {name}",
                  f"{ours:.0f} / {peer:.0f} us = {ours / peer:.2f}x", f"{most:.2f}x",
                  ours <= most * peer)


def delivered(effort):
    def rate(profiler, spinners):
        with target(NEWEST, "threads", spinners, 0) as pid:
            return profiler(pid, 10_000, effort.seconds).count / effort.seconds

    ours, theirs = medians(effort, [partial(rate, unslow, 1), partial(rate, tachyon, 1)])
    yield Row("delivered at 10 kHz, one busy thread (Tachyon)",
              f"{ours / 100:.1f} % ({theirs / 100:.1f} %)", "97 %", ours >= 9_700)
    ours, theirs = medians(effort, [partial(rate, unslow, 4), partial(rate, tachyon, 4)])
    yield Row("stacks a second at 10 kHz, four busy threads, against Tachyon",
              f"{ours:,.0f} / {theirs:,.0f} = {ours / theirs:.2f}x", "1.4x", ours >= 1.4 * theirs)


def reads_per_sweep(effort):
    if not shutil.which("strace"):
        raise CannotRun("strace is not installed")
    for threads in (1, 50, 200):
        with target(NEWEST, "threads", 1, threads - 1) as pid:
            def counted(seconds):
                log, profile = scratch("strace.txt"), scratch("strace.pb.gz")
                # Without -f: the thread that sweeps, not those that look up threads' names aside.
                run(["strace", "-c", "-e", "trace=process_vm_readv", "-o", log, OURS,
                     "record", "-p", pid, "-r", 1000, "-d", seconds, "-o", profile])
                _, text = run([OURS, "report", profile, "-f", "json"])
                # % time, seconds, usecs/call, calls, errors if any, name
                counts = re.search(r"^.* process_vm_readv$", log.read_text(), re.M)[0].split()
                return int(counts[3]), json.loads(text)["profile"]["sweeps"]

            # What attaching and the first looks take is in both, and so in neither.
            (few, short), (many, long) = counted(2), counted(2 + effort.seconds)
        value = (many - few) / (long - short)
        threads = "1 thread" if threads == 1 else f"{threads} threads"
        yield Row(f"process_vm_readv per sweep at 1 kHz, {threads}, looks at operands included",
                  f"{value:.2f}", "1.05", value <= 1.05)


HONEST = {(), ("flutter",), ("flutter", "hot_a"), ("flutter", "hot_b"),
          ("flutter", "hot_a", "leaf_a"), ("flutter", "hot_b", "leaf_b")}


def impossible(effort):
    profilers = [("unslow", unslow, NEWEST), ("Tachyon", tachyon, NEWEST),
                 ("Austin", austin, "3.13"), ("py-spy", py_spy, "3.13")]
    for program, most in [("calls", 0.01), ("generators", 0.3)]:
        shares = []
        for name, profiler, version in profilers:
            with target(version, program) as pid:
                result = profiler(pid, 10_000, effort.seconds)
            bad = sum(count for stack, count in result.stacks.items()
                      if tuple(part for part in stack if part != "<module>") not in HONEST)
            shares.append((name, 100 * bad / max(result.count, 1), result.count))
        told = ", ".join(f"{name} {share:.2f} % of {count:,}" for name, share, count in shares)
        yield Row(f"impossible stacks at 10 kHz, {program}", told, f"{most} %", shares[0][1] <= most)


def leaves(result):
    total = sum(result.stacks.values())
    shares = {}
    for stack, count in result.stacks.items():
        leaf = stack[-1] if stack else ""
        shares[leaf] = shares.get(leaf, 0) + count / total
    return shares


def distance(one, other):
    return sum(abs(one.get(leaf, 0) - other.get(leaf, 0)) for leaf in {*one, *other}) / 2


def truth(effort):
    exactly = lambda pid, rate, seconds: unslow(pid, rate, seconds, "--exact")
    for program in ("calls", "generators"):
        def far(profiler):
            with target(NEWEST, program) as pid:
                exact = leaves(exactly(pid, 1000, effort.seconds))
                return distance(leaves(profiler(pid, 1000, effort.seconds)), exact)

        ours, theirs, again = medians(effort, [partial(far, unslow), partial(far, tachyon),
                                               partial(far, exactly)])
        yield Row(f"distance to exact mode, {program}: ours / Tachyon's (exact to itself)",
                  f"{ours:.3f} / {theirs:.3f} ({again:.3f})", "no worse", ours <= theirs + again)


def stopped(effort):
    def lost(profiler, version):
        """Time in gaps that the target's own clock sees, in seconds for a second of sampling."""
        clock = subprocess.Popen([python(version), PROGRAMS / "pauses.py", str(effort.seconds + 4)],
                                 stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        if profiler:
            profiler(clock.pid, 1000, effort.seconds)
        return float(clock.communicate()[0].split()[0]) / effort.seconds

    exactly = lambda pid, rate, seconds: unslow(pid, rate, seconds, "--exact")
    blocking = lambda pid, rate, seconds: tachyon(pid, rate, seconds, "--blocking")
    pausing = partial(py_spy, blocking=True)
    for version, theirs, name, most in [(NEWEST, blocking, "Tachyon --blocking", 1.0),
                                        ("3.13", pausing, "py-spy", 1 / 30)]:
        alone, ours, peer = medians(effort, [partial(lost, None, version),
                                             partial(lost, exactly, version),
                                             partial(lost, theirs, version)])
        ours, peer = max(ours - alone, 0), peer - alone
        if peer <= 0.1 * alone:
            raise CannotRun(f"the clock alone lost {alone:.2f} s a second to other programs")
        yield Row(f"exact mode, time stopped at 1 kHz, s a second: against {name}",
                  f"{ours:.3f} / {peer:.3f} = {ours / peer:.2f}x", f"{most:.2f}x",
                  ours <= most * peer)


def slowed(effort):
    def work(sampled):
        worker = subprocess.Popen([python(NEWEST), PROGRAMS / "work.py"], stdout=subprocess.PIPE,
                                  text=True)
        if sampled:
            unslow(worker.pid, 100, 60)
        return float(worker.communicate()[0].split()[0])

    ratios = [math.log(work(True) / work(False)) for _ in range(effort.pairs)]
    mean = statistics.mean(ratios)
    half = 2.2 * statistics.stdev(ratios) / math.sqrt(len(ratios))
    yield Row(f"target slowed at 100 Hz (processor time, {effort.pairs} pairs, 95 % interval)",
              f"{mean:+.1%} ({mean - half:+.1%} to {mean + half:+.1%})", "under 1 %", mean + half < 0.01)


def dump(effort):
    with target(NEWEST, "deep") as pid:
        cpu = statistics.median(run([OURS, "dump", pid])[0] for _ in range(2 * effort.rounds + 1))
    yield Row("dump: CPU of the whole process", f"{cpu * 1e3:.0f} ms", "10 ms", cpu <= 0.01)


def memory(effort):
    _, text = run(["cargo", "bench", "--quiet", "--bench", "memory"], cwd=REPOSITORY)
    peak = max(int(number.replace(",", "")) for number in re.findall(r"([\d,]+) MiB", text))
    yield Row("memory over a simulated 24 h (8.6 M samples, 23,000 file names)", f"{peak} MiB",
              "200 MB", peak <= 190)


ROWS = {row.__name__.replace("_", "-"): row for row in (
    reads_per_sweep, cpu_per_sweep, end_to_end, delivered, impossible, truth, stopped, slowed,
    dump, memory)}
