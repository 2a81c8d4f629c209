"""The rows of the table: what is asked of every tool, and how that is found out."""

import json
import random
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import reading
from machine import CannotRun, python, run
from running import (EXPECTED, FEW, ROWS, SAMPLE, command, converted, long_running, output, recorded,
                     scratch, start, told, written)

ROUNDS = 5
ATTACHED = 5  # seconds


def attaches(tool):
    if not tool.attach:
        if "attach" in start(command(tool, tool.help), scratch(tool, "help")).output:
            raise CannotRun("its help speaks of attaching; no command for that is known here")
        return "no"
    with long_running(tool) as pid:
        before = mapped(pid)
        trace, out = attached(tool, pid)
        after = mapped(pid)
    places = reading.READERS[tool.name](converted(tool, out))
    if not any(at.file == SAMPLE.name for at in places):
        raise CannotRun("it attached, but named no place of the program")
    done = reading.changes(trace)
    if any("/site-packages/" in path for path in after - before):
        done = ["loads itself into it; it has to be installed there"]
    return f"yes, {' and '.join(done)}" if done else "yes, neither stops it nor writes to it"


def attached(tool, pid):
    """Lets it look at a process: what strace saw it do from outside, and what it wrote."""
    folder = scratch(tool, "attach")
    log, out = folder / "strace", output(tool, folder)
    words = command(tool, tool.attach, out=out, pid=pid)
    if tool.outside:
        if not shutil.which("strace"):
            raise CannotRun("strace is not installed")
        words = ["strace", "-f", "-e", "trace=ptrace,process_vm_writev,openat", "-o", log, *words]
    began = time.monotonic()
    # Austin ends with an error when it leaves a process that goes on.
    start(words, folder, may_fail=True)
    if not tool.outside:
        time.sleep(max(0, began + ATTACHED + 2 - time.monotonic()))
    return log.read_text(errors="replace") if tool.outside else "", out


def mapped(pid):
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    return {line.split(maxsplit=5)[5] for line in lines if "/" in line}


def place(tool):
    return reading.finest(recorded(tool)[1], SAMPLE.read_text())


def hot(tool):
    plants, source = reading.planted(EXPECTED.read_text()), SAMPLE.read_text()
    lines, functions = reading.among_first(recorded(tool)[1], plants, source)
    words = f"{functions} of {len(plants)} functions"
    if place(tool) != "function":
        words = f"{lines} of {len(plants)} lines, {words}"
    return words + (", by bytes" if tool.name == "memray" else "")


def why(tool):
    typed, instruction = reading.types_seen(told(tool))
    if typed:
        return f"type and size, `{typed}`"
    return f"instructions made for a type, `{instruction}`" if instruction else "no"


def instead(tool):
    found = reading.diffs(told(tool))
    if not found:
        return "no"
    folder = scratch(tool, "fixed")
    fixed = folder / SAMPLE.name
    shutil.copy(SAMPLE, fixed)
    for number, diff in enumerate(found):
        (folder / f"{number}.diff").write_text(diff)
        run(["patch", "-s", fixed, folder / f"{number}.diff"])
    runs = [[start([python(tool.python), path, "--rows", ROWS], folder) for path in (SAMPLE, fixed)]
            for _ in range(ROUNDS)]
    if len({done.output for pair in runs for done in pair}) > 1:
        return f"{len(found)} diffs, after which it prints something else"
    faster = statistics.median(slow.wall / fast.wall for slow, fast in runs)
    return f"{len(found)} diffs; all applied, the output is the same, {faster:.1f} times as fast"


def slowdown(tool):
    """Of the whole command, from its start to its end, against the program alone."""
    pairs = []
    for _ in range(ROUNDS):
        folder, took = scratch(tool, "slowdown"), {}
        for is_looked_at in random.sample([True, False], 2):
            template = tool.run if is_looked_at else "{program}"
            took[is_looked_at] = start(command(tool, template, out=output(tool, folder)), folder)
        pairs.append((took[True], took[False]))
    return "; ".join(f"{kind} {compared([getattr(with_it, of) / getattr(alone, of) for with_it, alone in pairs])}"
                     for kind, of in (("wall", "wall"), ("processor", "cpu")))


def compared(ratios):
    return f"{statistics.median(ratios):.2f}x ({min(ratios):.2f} to {max(ratios):.2f})"


def own_cpu(tool):
    if not tool.outside:
        return "runs inside the program"
    costs = []
    with long_running(tool) as pid:
        for _ in range(3):
            folder = scratch(tool, "cpu")
            words = command(tool, tool.attach, out=output(tool, folder), pid=pid)
            costs.append(start(words, folder, may_fail=True).cpu / ATTACHED)
    return f"{statistics.median(costs) * 1e3:.0f} ms ({min(costs) * 1e3:.0f} to {max(costs) * 1e3:.0f})"


def formats(tool):
    """What is there afterwards, and begins as such a file does."""
    made = []
    for name, template in tool.formats.items():
        folder = scratch(tool, "format")
        source = recorded(tool)[0] if "{from}" in template else ""
        if tool.name == "Austin" and name in ("pprof", "speedscope"):
            source = folded_austin(tool, source)
        try:
            start(command(tool, template, rows=FEW, out=output(tool, folder), source=source), folder)
        except CannotRun as reason:
            print(f"{tool.name}: {name}: {reason}")
            continue
        if any(looks_like(name, path.read_bytes()) for path in written(folder)):
            made.append(name)
    return ", ".join(made)


def folded_austin(tool, source):
    """Its converters to other formats read its older one."""
    folded = source.with_name("folded")
    start(command(tool, tool.formats["folded"], out=folded, source=source), source.parent)
    return folded


def looks_like(name, content):
    kind = name.split()[0]
    if kind == "HTML":
        return b"<html" in content[:2000].lower()
    if kind == "SVG":
        return b"<svg" in content[:2000]
    if name in ("JSON", "speedscope", "Chrome", "Firefox", "SARIF"):
        return isinstance(json.loads(content), (dict, list))
    return bool(content)


def memory(tool):
    """Allocations, or what comes near to them, on lines of the sample."""
    if not tool.memory:
        return "no"
    folder = scratch(tool, "memory")
    out = output(tool, folder)
    start(command(tool, tool.memory, rows=ROWS, out=out), folder)
    if tool.name == "Austin":
        text = folded_austin(tool, out).read_text()
        seen = re.search(rf"/{SAMPLE.name}:\w+:\d+ -?[1-9]\d*$", text, re.M)
        return "changes of resident size, by line" if seen else "nothing seen"
    if tool.name == "Scalene":
        lines = json.loads(out.read_text())["files"][str(SAMPLE)]["lines"]
        return "yes, sampled, by line" if any(line["n_malloc_mb"] for line in lines) else "nothing seen"
    places = reading.memray(converted(tool, out))
    return "yes, each, by line" if any(at.file == SAMPLE.name for at in places) else "nothing seen"


NATIVE = {  # what tells it in the tool's output, and what it is
    "py-spy": (r"\((?:lib|.*\.so).*?\)", "yes, with `--native`"),
    "Tachyon": (r"<native>", "only that it is native, with `--native`"),
    "Scalene": (r'"n_cpu_percent_c": *(?!0\.0\b)\d', "share of native time, by line"),
    "memray": (r"\b_?Py[A-Z]\w+_\w+", "yes, with `--native`"),
    "pyinstrument": (r"<built-in>", "names of built-in functions"),
}


def native(tool):
    if not tool.native:
        return "no" if tool.name == "unslow" else "not run"
    folder = scratch(tool, "native")
    out = output(tool, folder)
    start(command(tool, tool.native, rows=ROWS, out=out), folder)
    if tool.name == "memray":
        flame = folder / "flame"
        start(command(tool, tool.formats["HTML"], out=flame, source=out), folder)
        out = flame
    pattern, words = NATIVE[tool.name]
    return words if re.search(pattern, out.read_text()) else "nothing seen"


QUESTIONS = {
    "attaches": ("attaches to a running process", attaches),
    "place": ("finest place it names", place),
    "hot": ("planted slow places among its first three", hot),
    "why": ("types and sizes seen", why),
    "instead": ("what to write instead", instead),
    "slowdown": ("time of the whole command, against the program alone", slowdown),
    "cpu": ("its own processor time a second, attached", own_cpu),
    "formats": ("written, and there afterwards", formats),
    "memory": ("allocations", memory),
    "native": ("native code", native),
}
