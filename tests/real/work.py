"""Versions at work: what unslow says of them, and what the fix saves."""

import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from machine import CannotRun, run

MOST_TIMES = 50  # that the work of the faster version is repeated
PATIENCE = 600  # seconds
RATE = "1khz"  # what a fix leaves of a run is short


@dataclass(frozen=True)
class Saying:
    """What unslow said of a run."""

    findings: list
    samples: int
    python: str

    @classmethod
    def of(cls, told):
        """From `unslow -o x.json`."""
        return cls(told["findings"], told["profile"]["samples"], told["target"]["python"])


@dataclass(frozen=True)
class Gain:
    """The share of the run's time that the fix saves, as measured: median, lowest, highest."""

    saved: float
    low: float
    high: float
    seconds: tuple  # before and after, medians


def saying(unslow, version, times):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "findings.json"
        command = [unslow, "run", "-r", RATE, "-o", path, "--", *version.command(times)]
        run(command, env=version.environment, cwd=folder, patience=PATIENCE)
        return Saying.of(json.loads(path.read_text()))


def slowness(before, after):
    """How many times as long the work takes before the fix: so often the work after it is repeated, to
    be looked at as long. What comes out must be the same."""
    done = [once(before), once(after)]
    if done[0].output != done[1].output:
        raise CannotRun(f"the versions give {done[0].output!r} and {done[1].output!r}")
    slower, faster = (getattr(it, before.case.clock) for it in done)
    return min(max(round(slower / faster), 1), MOST_TIMES)


def once(version):
    return run(version.command(1), env=version.environment, patience=PATIENCE)


def gain(before, after, pairs):
    seconds = [[getattr(once(version), before.case.clock) for version in (before, after)]
               for _ in range(pairs)]
    saved = [1 - faster / slower for slower, faster in seconds]
    medians = tuple(map(statistics.median, zip(*seconds)))
    return Gain(statistics.median(saved), min(saved), max(saved), medians)
