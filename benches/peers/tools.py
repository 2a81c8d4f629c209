"""The profilers that are compared: how each is installed, run on a process, and read."""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PEERS = REPOSITORY / "target" / "peers"
PROGRAMS = HERE / "programs"
OURS = Path(os.environ.get("UNSLOW", REPOSITORY / "target/release/unslow"))


class CannotRun(Exception):
    """Why a row of the table stays empty."""


@dataclass
class Result:
    """What one run of a profiler came to."""

    cpu: float  # seconds, of the profiler and what it started
    seconds: float  # asked for
    stacks: Counter  # functions, outermost first -> count

    @property
    def count(self):
        return sum(self.stacks.values())


def interpreters():
    """Version -> executable: UNSLOW_PYTHONS, pyenv, PATH, and what scripts/get-python has got."""
    named = os.environ.get("UNSLOW_PYTHONS", "").split(":")
    pyenv = (Path.home() / ".pyenv/versions").glob("*/bin/python")
    fetched = (REPOSITORY / "target").glob("*/bin/python3.*")
    on_path = (shutil.which(f"python3.{minor}") for minor in range(11, 16))
    found = {}
    for candidate in [*named, *map(str, pyenv), *map(str, fetched), *filter(None, on_path)]:
        if not candidate or not Path(candidate).is_file():
            continue
        with open(candidate, "rb") as program:
            if program.read(2) == b"#!":
                continue  # a shim
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        version = subprocess.run([candidate, "-c", ask], capture_output=True, text=True).stdout
        if version.startswith("3.1"):
            found.setdefault(version.strip(), candidate)
    return found


PYTHONS = interpreters()


def python(version):
    if version not in PYTHONS:
        raise CannotRun(f"CPython {version} was not found (scripts/get-python fetches it)")
    return PYTHONS[version]


@contextmanager
def target(version, program, *arguments):
    """A running program; its process id."""
    path = PROGRAMS / f"{program}.py"
    process = subprocess.Popen([python(version), path, *map(str, arguments)])
    try:
        time.sleep(1)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def run(command, may_fail=False, **options):
    """Runs a command to its end; the processor time it used and its standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 and not may_fail:
        raise CannotRun(f"{command[0]} failed: {done.stderr.strip().splitlines()[-1:]}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, done.stdout


def folded(path, name_of):
    stacks = Counter()
    for line in path.read_text(errors="replace").splitlines():
        if line and not line.startswith("#"):
            stack, count = line.rsplit(" ", 1)
            names = tuple(filter(None, map(name_of, stack.split(";"))))
            stacks[names] += int(count)
    return stacks


def scratch(name):
    PEERS.mkdir(parents=True, exist_ok=True)
    path = PEERS / name
    path.unlink(missing_ok=True)
    return path


def unslow(pid, rate, seconds, *options):
    out = scratch("unslow.folded")
    command = [OURS, "record", "-p", pid, "-r", rate, "-d", seconds, "-i", "-F", "-o", out, *options]
    cpu, _ = run(command)
    return Result(cpu, seconds, folded(out, lambda frame: frame.split(" (")[0]))


def venv():
    """A virtual environment with py-spy and Austin, made when it is not there."""
    folder = PEERS / "venv"
    if not (folder / "bin/py-spy").exists():
        print("installing py-spy and Austin", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["py-spy==0.4.3", "austin-dist==4.0.0", "austin-python"]
        subprocess.run([folder / "bin/pip", "install", "-q", *packages], check=True)
    return folder


def py_spy(pid, rate, seconds, blocking=False):
    out = scratch("py-spy.folded")
    command = [venv() / "bin/py-spy", "record", "-p", pid, "-r", rate, "-d", seconds, "-i"]
    cpu, _ = run([*command, "-F", "-f", "raw", "-o", out, *([] if blocking else ["--nonblocking"])])
    return Result(cpu, seconds, folded(out, lambda frame: frame.split(" (")[0]))


def austin(pid, rate, seconds):
    """Its wheel is built against a newer C library than Debian 12 has: that of the unstable suite,
    which scripts/get-python has unpacked for the newer CPythons, serves it."""
    bin = venv() / "bin"
    patched = bin / "austin-here"
    if not patched.exists():
        root = Path(python("3.15")).resolve().parents[2]
        libraries = next(root.glob("usr/lib/*/libc.so.6"), None)
        if libraries is None or not shutil.which("patchelf"):
            raise CannotRun("Austin needs patchelf and a CPython 3.15 from scripts/get-python")
        shutil.copy(bin / "austin", patched)
        loader = next(libraries.parent.glob("ld-linux-*.so.*"))
        command = ["patchelf", "--set-interpreter", loader, "--force-rpath", "--set-rpath"]
        subprocess.run([*command, libraries.parent, patched], check=True)
    raw, out = scratch("austin.mojo"), scratch("austin.folded")
    interval = f"{1_000_000 // rate}us"
    # It exits with an error when it leaves a process that goes on.
    cpu, _ = run([patched, "-i", interval, "-x", seconds, "-p", pid, "-o", raw], may_fail=True)
    subprocess.run([bin / "mojo2austin", raw, out], check=True)
    # Its numbers are microseconds; every line is one sample.
    text = re.sub(r" \d+$", " 1", out.read_text(errors="replace"), flags=re.M)
    out.write_text(text)
    return Result(cpu, seconds, folded(out, lambda frame: (frame.split(":") + [""] * 3)[1]
                                       if frame.count(":") >= 2 else ""))


def tachyon(pid, rate, seconds, *options):
    out = scratch("tachyon.folded")
    command = [python("3.15"), "-m", "profiling.sampling", "attach", "-r", rate, "-d", seconds]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    cpu, _ = run([*command, "-a", "--collapsed", "-o", out, *options, pid], env=environment)
    names = lambda frame: "" if frame.startswith("tid:") else frame.rsplit(":", 2)[-2]
    return Result(cpu, seconds, folded(out, names))
