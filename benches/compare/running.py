"""The tools installed and run on the sample, each in a folder of its own."""

import os
import shlex
import shutil
import subprocess
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from catalogue import SETTLED
from machine import REPOSITORY, CannotRun, python, run
from reading import READERS
from tools import OURS, with_newer_libc

SAMPLE = REPOSITORY / "samples/orders_etl/slow.py"
EXPECTED = SAMPLE.with_name("expected.toml")
ROWS = 15_000  # of the sample: a few seconds
FEW = 3_000
LONG = 60_000
HOME = REPOSITORY / "target/compare"
BIN = HOME / "venv/bin"


@cache
def install(tool):
    """Puts it into the virtual environment, which is made when it is not there."""
    if not tool.packages:
        return
    mark = HOME / f"venv/{'-'.join(tool.packages.split())}.installed"
    if mark.exists():
        return
    if not (BIN / "pip").exists():
        run([python(SETTLED), "-m", "venv", HOME / "venv"])
    run([BIN / "pip", "install", "-q", *tool.packages.split()], patience=300)
    mark.touch()


def scratch(tool, what):
    """An empty folder."""
    folder = HOME / "out" / tool.name / what
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def output(tool, folder):
    return folder / f"out{tool.ending}"


def command(tool, template, rows=ROWS, out="", source="", pid=0, path=SAMPLE):
    quoted = {"bin": BIN, "unslow": OURS.resolve(), "python": python(tool.python), "path": path,
              "out": out, "from": source, "programs": Path(__file__).resolve().parent / "programs",
              "austin": with_newer_libc(BIN / "austin") if "{austin}" in template else ""}
    words = {name: shlex.quote(str(value)) for name, value in quoted.items()}
    words |= {"pid": pid, "arguments": f"--rows {rows}"}
    words["script"] = f"{words['path']} {words['arguments']}"
    words["program"] = f"{words['python']} {words['script']}"
    return shlex.split(template.format(**words))


def start(words, folder, **options):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "COLUMNS": "200"}
    return run(words, cwd=folder, stdin=subprocess.DEVNULL, env=environment, **options)


@contextmanager
def long_running(tool):
    """The sample, at work for longer than anything here attaches to it; its process id. What attaches
    by loading itself into a process has to be installed where that finds it."""
    interpreter = python(tool.python) if tool.outside else BIN / "python"
    words = [str(interpreter), str(SAMPLE), "--rows", str(LONG)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            time.sleep(1.5)
            yield process.pid
        finally:
            process.kill()


def written(folder):
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size]


def converted(tool, out):
    """The text that is read, from what its run wrote."""
    if tool.convert:
        target = out.with_name("converted")
        printed = start(command(tool, tool.convert, out=target, source=out), out.parent).output
        return target.read_text() if target.exists() else printed
    if not out.exists():
        raise CannotRun("it wrote nothing")
    return out.read_text()


@cache
def recorded(tool):
    """What it writes of a run of the sample: the file, and what is read of it."""
    folder = scratch(tool, "run")
    out = output(tool, folder)
    start(command(tool, tool.run, out=out), folder)
    return out, READERS[tool.name](converted(tool, out))


@cache
def told(tool):
    """All the text that it has for people."""
    folder, (out, _) = scratch(tool, "text"), recorded(tool)
    template = tool.text or tool.run
    done = start(command(tool, template, out=output(tool, folder), source=out), folder)
    texts = [path.read_text(errors="replace") for path in written(folder)]
    return "\n".join([done.output, done.errors, *texts])
