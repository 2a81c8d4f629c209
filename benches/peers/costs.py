"""Rows about what looking costs: system calls, processor time, memory."""

import json
import re
import shutil
import statistics
from collections import Counter
from functools import cache, partial

from arithmetic import percent, ratio, slope
from effort import against, attempts, in_turn
from machine import PROGRAMS, REPOSITORY, CannotRun, python, run, target
from table import Figure
from tools import (NEWEST, OURS, SETTLED, austin, of_tachyon, py_spy, read, scratch, tachyon,
                   unslow)

DEPTH = 38  # of programs/deep.py
WALKED = [f"3.{minor}" for minor in range(11, 16)]


def reads_per_sweep(effort):
    if not shutil.which("strace"):
        raise CannotRun("strace is not installed")
    for threads in (1, 50, 200):
        name = "1 thread" if threads == 1 else f"{threads} threads"
        yield from attempts(f"process_vm_readv per sweep, {name}", reads_with, effort, threads, name)


def reads_with(effort, threads, name):
    spans = [effort.seconds, 10 * effort.seconds]

    def per_sweep(pid):
        # What attaching and the first looks take is in all, and so in no difference.
        few, short = reads(pid, 0.5)
        ends = [reads(pid, 0.5 + span) for span in spans]
        return [(many - few) / (long - short) for many, long in ends]

    [values] = in_turn(effort, NEWEST, "threads", [per_sweep], 1, threads - 1)
    for span, of_span in zip(spans, zip(*values)):
        value = statistics.median(of_span)
        yield Figure(f"process_vm_readv per sweep at 1 kHz over {span} s, {name}, looks at operands"
                     " included", f"{value:.2f}", wanted="at most 1.05", reached=value <= 1.05)


def reads(pid, seconds):
    """Calls and sweeps of one recording."""
    log, profile = scratch("strace.txt"), scratch("strace.pb.gz")
    # The filter in the kernel spares all other calls the detour, but wants every thread traced.
    run(["strace", "-f", "--seccomp-bpf", "-e", "trace=process_vm_readv", "-e", "raw=process_vm_readv",
         "-o", log, OURS, "record", "-p", pid, "-r", 1000, "-d", seconds, "-o", profile])
    findings = json.loads(run([OURS, "report", profile, "-f", "json"]).output)
    return by_main_thread(read(log)), findings["profile"]["sweeps"]


def by_main_thread(log):
    """Calls of the thread that sweeps, the process's first: others attach, and look up the names of
    threads."""
    calls = Counter(int(line.split()[0]) for line in log.splitlines() if "process_vm_readv(" in line)
    return calls[min(calls)]


@cache
def bench(name):
    """The executable of a benchmark of ours, built."""
    done = run(["cargo", "bench", "--no-run", "--message-format=json", "--bench", name],
               cwd=REPOSITORY, patience=1200)
    artifacts = (json.loads(line) for line in done.output.splitlines() if line.startswith("{"))
    return next(artifact["executable"] for artifact in artifacts
                if artifact.get("executable") and artifact["target"]["name"] == name)


def walker(pid):
    """Microseconds of one look by our walk and by the py-spy crate."""
    output = run([bench("walker"), f"--pid={pid}", DEPTH]).output
    ours, theirs = re.search(rf"^ *\d+ +{DEPTH} +([\d.]+) +([\d.]+) ", output, re.M).groups()
    return float(ours), float(theirs)


def unwinder(pid):
    """Microseconds of one look by Tachyon's, without and with its cache."""
    return tuple(map(float, run([python(NEWEST), PROGRAMS / "unwinder.py", pid]).output.split()))


def microseconds(value):
    return f"{value:.1f} us" if value < 100 else f"{value:.0f} us"


def cpu_per_sweep(effort):
    bench("walker")
    for version in WALKED:
        figure = f"CPU per sweep, depth {DEPTH}, CPython {version}: against the py-spy crate"
        yield from attempts(figure, against_crate, effort, version, figure)
    figure = f"CPU per sweep, depth {DEPTH}, CPython {NEWEST}: against Tachyon's unwinder"
    yield from attempts(figure, against_unwinder, effort, figure)


def against_crate(effort, version, figure):
    [pairs] = in_turn(effort, version, "deep", [walker])
    yield against(figure, *zip(*pairs), 1 / 100, microseconds)


def against_unwinder(effort, figure):
    pairs, others = in_turn(effort, NEWEST, "deep", [walker, unwinder])
    ours = [pair[0] for pair in pairs]
    plain, cached = zip(*others)
    yield against(f"{figure}, without its cache", ours, plain, 0.75, microseconds)
    yield against(f"{figure}, which writes into the target to cache", ours, cached, 0.75, microseconds)


def per_stack(effort, profiler, pid):
    """Processor time for one stack more: what starting takes is in both recordings, and so in
    neither."""
    short, long = profiler(pid, 1000, 1), profiler(pid, 1000, 1 + 2 * effort.seconds)
    if long.count <= short.count:
        raise CannotRun(f"{long.count} stacks in the longer recording, {short.count} in the shorter")
    return (long.cpu - short.cpu) / (long.count - short.count) * 1e6


def end_to_end(effort):
    for version, peers in [(NEWEST, [("Tachyon", tachyon, 0.4)]),
                           (SETTLED, [("Austin", austin, 0.75), ("py-spy", py_spy, 1 / 18)])]:
        figure = f"CPU per stack end to end at 1 kHz, depth {DEPTH}, CPython {version}: against"
        yield from attempts(figure, end_to_end_on, effort, version, peers, figure)


def end_to_end_on(effort, version, peers, figure):
    profilers = [unslow, *(profiler for _, profiler, _ in peers)]
    measures = [partial(per_stack, effort, profiler) for profiler in profilers]
    ours, *theirs = in_turn(effort, version, "deep", measures)
    for (name, _, most), values in zip(peers, theirs):
        yield against(f"{figure} {name}", ours, values, most, microseconds)


def delivered(effort):
    for threads in (1, 4):
        name = "one busy thread" if threads == 1 else f"{threads} busy threads"
        figure = f"delivered at 10 kHz, {name}, CPython {NEWEST}: against Tachyon"
        yield from attempts(figure, delivered_with, effort, threads, figure)


def delivered_with(effort, threads, figure):
    def rate(profiler):
        # Both end by the clock when the time that was asked for is over.
        return lambda pid: profiler(pid, 10_000, effort.seconds).count / effort.seconds

    ours, theirs = in_turn(effort, NEWEST, "threads", [rate(unslow), rate(tachyon)], threads, 0)
    if threads > 1:
        yield against(figure, ours, theirs, 1.4, lambda rate: f"{rate:,.0f} stacks/s", is_least=True)
        return
    ours, theirs = statistics.median(ours) / 10_000, statistics.median(theirs) / 10_000
    yield Figure(figure, percent(ours, 1), percent(theirs, 1), ratio(ours / theirs), "at least 97 %",
                 ours >= 0.97)


def dump(effort):
    def cpu(command):
        return lambda pid: command(pid).cpu * 1e3

    ours, theirs = in_turn(effort, NEWEST, "deep", [cpu(lambda pid: run([OURS, "dump", pid])),
                                                    cpu(partial(of_tachyon, "dump"))])
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    yield Figure(f"dump, CPU of the whole process, CPython {NEWEST}: against Tachyon",
                 f"{ours:.1f} ms", f"{theirs:.0f} ms", ratio(ours / theirs), "at most 10 ms",
                 ours <= 10)


PROMISED = 200e6 / 2**20  # MiB
DRIFT = 0.05  # of what is used: growth over half a day that is still flat


def memory(effort):
    output = run([bench("memory")], patience=600).output
    hours = [int(found[1]) for found in re.finditer(r"^ *\d+ +\d+ +(\d+)$", output, re.M)]
    peak = int(re.search(r"at most (\d+) MiB while it was written", output)[1])
    later = hours[len(hours) // 2:]
    growth = slope(later)
    figure = "memory over a simulated 24 h (8.6 M samples, 23,000 file names), one run"
    yield Figure(figure, f"{max(hours)} MiB, {peak} MiB while the file is written",
                 wanted=f"at most {PROMISED:.0f} MiB", reached=max(*hours, peak) <= PROMISED)
    yield Figure("... growth in its second half", f"{growth:+.2f} MiB an hour",
                 wanted=f"flat: under {percent(DRIFT, 0)} in 12 h",
                 reached=growth * len(later) < DRIFT * statistics.median(later))
