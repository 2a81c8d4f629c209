"""What the profilers are run with: interpreters, target programs, commands and their cost."""

import os
import platform
import resource
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PROGRAMS = HERE / "programs"
PATIENCE = 120  # seconds after which a command is taken for stuck


class CannotRun(Exception):
    """Why a figure is not there."""


@dataclass
class Done:
    """A command that ran to its end."""

    cpu: float  # seconds of processor time, of all that it started
    wall: float  # seconds
    output: str
    errors: str


def run(command, limit=None, may_fail=False, patience=PATIENCE, **options):
    """Runs a command to its end, or interrupts it, as Ctrl-C does, after `limit` seconds."""
    command = [str(word) for word in command]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               **options)
    try:
        output, errors = finish(process, limit, patience)
    finally:
        process.kill()
        process.wait()
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    if process.returncode != 0 and not may_fail:
        raise CannotRun(f"{Path(command[0]).name} failed: {reason(errors)}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Done(cpu, end - start, output, errors)


def finish(process, limit, patience):
    if limit is not None:
        try:
            return process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        raise CannotRun(f"{Path(process.args[0]).name} did not end") from None


def reason(errors):
    """What a program said last; of a panic, its message."""
    lines = errors.strip().splitlines() or ["it did not say why"]
    panics = [after for line, after in zip(lines, lines[1:]) if "panicked at" in line]
    return (panics or lines[-1:])[0]


@cache
def interpreters():
    """Version -> executable: UNSLOW_PYTHONS, pyenv, PATH, and what scripts/get-python has got."""
    named = os.environ.get("UNSLOW_PYTHONS", "").split(":")
    pyenv = (Path.home() / ".pyenv/versions").glob("*/bin/python")
    fetched = (REPOSITORY / "target").glob("python/bin/python3.*")
    on_path = (shutil.which(f"python3.{minor}") for minor in range(11, 16))
    found = {}
    for candidate in [*named, *map(str, pyenv), *map(str, fetched), *filter(None, on_path)]:
        if not candidate or not Path(candidate).is_file():
            continue
        with open(candidate, "rb") as program:
            if program.read(2) == b"#!":
                continue  # a shim
        # Of free-threaded builds the version ends in `t`, so that none stands in for one with the lock.
        ask = ("import sys, sysconfig as s; t = 't' * bool(s.get_config_var('Py_GIL_DISABLED'));"
               "print('%d.%d' % sys.version_info[:2] + t)")
        version = subprocess.run([candidate, "-c", ask], capture_output=True, text=True).stdout
        if version.startswith("3.1"):
            found.setdefault(version.strip(), candidate)
    return found


def python(version):
    if version not in interpreters():
        raise CannotRun(f"CPython {version} was not found, nor could scripts/get-python fetch it")
    return interpreters()[version]


def fetch(*versions):
    """Gets those that are not there, as far as this machine can have them."""
    if missing := [version for version in versions if version not in interpreters()]:
        subprocess.run([REPOSITORY / "scripts/get-python", *missing])
        interpreters.cache_clear()


@contextmanager
def started(version, program, *arguments, **options):
    """A running program, ended when it is left."""
    path = program if isinstance(program, Path) else PROGRAMS / f"{program}.py"
    command = [python(version), path, *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True, **options) as process:
        try:
            time.sleep(0.5)
            if process.poll() is not None:
                raise CannotRun(f"{path.name} ended at once on CPython {version}")
            yield process
        finally:
            process.kill()


@contextmanager
def target(version, program, *arguments):
    """A running program; its process id."""
    with started(version, program, *arguments, stdout=subprocess.DEVNULL) as process:
        yield process.pid


def description():
    cpus = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in cpus if line.startswith("model name")),
                 platform.machine())
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"
