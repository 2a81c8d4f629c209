"""The profilers that are compared: how each is installed, run on a process, and read."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from machine import REPOSITORY, CannotRun, python, run

PEERS = REPOSITORY / "target/peers"
# Cargo takes a relative one from where it is called, which is the repository.
BUILT = REPOSITORY / os.environ.get("CARGO_TARGET_DIR", "target")
OURS = Path(os.environ.get("UNSLOW", BUILT / "release/unslow"))

NEWEST = "3.15"  # what Tachyon reads: its own version
SETTLED = "3.13"  # what py-spy and Austin both read
ATTACHING = 0.5  # seconds that a peer which has to be interrupted gets to attach


@dataclass
class Result:
    """What one run of a profiler came to."""

    cpu: float  # seconds, of the profiler and what it started
    wall: float  # seconds from its start to its end
    stacks: Counter  # of (function, line), outermost first
    told: dict = field(default_factory=dict)  # what unslow says of its own recording

    @property
    def count(self):
        """Those without any frame say nothing."""
        return sum(count for stack, count in self.stacks.items() if stack)


def folded(text, frame):
    """Stacks and counts of folded lines; `frame` reads one of its parts, or gives nothing."""
    stacks = Counter()
    for line in text.splitlines():
        if line and not line.startswith("#"):
            stack, count = line.rsplit(" ", 1)
            stacks[tuple(filter(None, map(frame, stack.split(";"))))] += int(count)
    return stacks


# Stands in unslow's stacks for an inner end that was too fast to see.
UNSEEN = ("<too fast to see>", 0)


def in_brackets(frame):
    """`name (file:line)`, after which unslow gives columns."""
    if frame == UNSEEN[0]:
        return UNSEEN
    parts = re.fullmatch(r"(.*) \(.+?:(\d+)(?::[\d:-]+)?\)", frame)
    return parts and (parts[1], int(parts[2]))


def with_colons(frame):
    """`file:name:line`. `tid:12`, `P12` and `T0:12` are no frames, and `~` is no file."""
    parts = frame.rsplit(":", 2)
    return (parts[1], int(parts[2])) if len(parts) == 3 and parts[0] != "~" else None


def scratch(name):
    PEERS.mkdir(parents=True, exist_ok=True)
    path = PEERS / name
    path.unlink(missing_ok=True)
    return path


def read(path):
    return path.read_text(errors="replace")


def unslow(pid, rate, seconds, *options, tells=False):
    out, findings = scratch("unslow.folded"), scratch("unslow.json")
    command = [OURS, "record", "-p", pid, "-r", rate, "-d", seconds, "-i", "-o", out, *options]
    done = run([*command, *(["-o", findings] if tells else [])])
    told = json.loads(read(findings))["profile"] if tells else {}
    return Result(done.cpu, done.wall, folded(read(out), in_brackets), told)


def exactly(pid, rate, seconds):
    return unslow(pid, rate, seconds, "--exact")


@cache
def venv():
    """A virtual environment with py-spy and Austin, made when it is not there."""
    folder = PEERS / "venv"
    if not (folder / "bin/mojo2austin").exists():
        print("installing py-spy and Austin", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["py-spy==0.4.3", "austin-dist==4.0.0", "austin-python"]
        subprocess.run([folder / "bin/pip", "install", "-q", *packages], check=True)
    return folder / "bin"


def py_spy(pid, rate, seconds, pausing=False):
    """Its -d is a number of intervals, which take longer where it cannot keep up: it is
    interrupted when the time is over."""
    out = scratch("py-spy.folded")
    command = [venv() / "py-spy", "record", "-p", pid, "-r", rate, "-d", seconds, "-i", "-f", "raw"]
    mode = [] if pausing else ["--nonblocking"]
    done = run([*command, "-o", out, *mode], limit=seconds + ATTACHING)
    return Result(done.cpu, done.wall, folded(read(out), in_brackets))


def py_spy_pausing(pid, rate, seconds):
    return py_spy(pid, rate, seconds, pausing=True)


@cache
def austin_here():
    return with_newer_libc(venv() / "austin")


def with_newer_libc(austin):
    """Austin's wheel is built against a newer C library than Debian 12 has: that of the unstable
    suite, which scripts/get-python has unpacked for the newer CPythons, serves it."""
    patched = austin.with_name("austin-here")
    if not patched.exists():
        root = Path(python(NEWEST)).resolve().parents[2]
        libraries = next(root.glob("usr/lib/*/libc.so.6"), None)
        if libraries is None:
            raise CannotRun(f"Austin needs a CPython {NEWEST} from scripts/get-python")
        folder, making = libraries.parent, austin.with_name("austin-making")
        shutil.copy(austin, making)
        loader = next(folder.glob("ld-linux-*.so.*"))
        patchelf = [loader, "--library-path", folder, root / "usr/bin/patchelf"]
        run([*patchelf, "--set-interpreter", loader, "--force-rpath", "--set-rpath", folder, making])
        making.rename(patched)
    return patched


def austin(pid, rate, seconds):
    raw, out = scratch("austin.mojo"), scratch("austin.folded")
    command = [austin_here(), "-i", f"{1_000_000 // rate}us", "-x", seconds, "-p", pid, "-o", raw]
    done = run(command, may_fail=True)  # it ends with an error when it leaves a process that goes on
    run([venv() / "mojo2austin", raw, out])
    # Its numbers are microseconds; every line is one sample.
    samples = re.sub(r" \d+$", " 1", read(out), flags=re.M)
    return Result(done.cpu, done.wall, folded(samples, with_colons))


def of_tachyon(verb, *arguments):
    command = [python(NEWEST), "-m", "profiling.sampling", verb, *arguments]
    return run(command, env={**os.environ, "LC_ALL": "C.UTF-8"})


def tachyon(pid, rate, seconds, *options):
    out = scratch("tachyon.folded")
    done = of_tachyon("attach", "-r", rate, "-d", seconds, "-a", "--collapsed", "-o", out, *options, pid)
    return Result(done.cpu, done.wall, folded(read(out), with_colons))


def tachyon_pausing(pid, rate, seconds):
    return tachyon(pid, rate, seconds, "--blocking")


def versions():
    """What is measured; a peer that cannot be had says so, and so will its figures."""
    def commit():
        done = run(["git", "describe", "--always", "--dirty"], cwd=REPOSITORY)
        return f"{run([OURS, '--version']).output.strip()} ({done.output.strip()})"

    def tachyons():
        return f"Tachyon of CPython {run([python(NEWEST), '-V']).output.split()[1]}"

    asked = {"unslow": commit, "Tachyon": tachyons,
             "py-spy": lambda: run([venv() / "py-spy", "--version"]).output.strip(),
             "Austin": lambda: run([austin_here(), "--version"]).output.strip().capitalize()}
    return ", ".join(answer(name, ask) for name, ask in asked.items())


def answer(name, ask):
    try:
        return ask()
    except Exception as why:
        return f"no {name} ({why})"
