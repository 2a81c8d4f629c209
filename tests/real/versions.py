"""The two versions of a case, ready to be run."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from machine import CannotRun, run

HERE = Path(__file__).resolve().parent
PATIENCE = 900  # seconds, for pip


@dataclass(frozen=True)
class Version:
    """One side of the fix."""

    case: object
    python: Path
    checkout: Path
    packages: Path

    def command(self, times):
        return [self.python, HERE / "drivers" / self.case.driver, times]

    @property
    def environment(self):
        """The checkout comes before a package of the same name, which brings what the project requires
        and its metadata."""
        folders = [self.checkout / self.case.source, self.packages]
        others = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        return others | {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONHASHSEED": "0",
                         "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(case, clones, room):
    """Before and after."""
    python = interpreter(case.python)
    packages = installed(case, python, room)
    return [Version(case, python, checkout(case, commit, clones, room), packages)
            for commit in (case.before, case.after)]


def clone(repository, folder):
    for place in (folder / repository.replace("/", "+"), folder / repository.replace("/", "+") / "repo"):
        if (place / ".git").exists() or (place / "objects").is_dir():
            return place.resolve()
    raise CannotRun(f"there is no clone {repository.replace('/', '+')} in {folder}")


def checkout(case, commit, clones, room):
    """Named by nothing that a path of library code could have."""
    folder = room / f"{case.repository.replace('/', '-')}-{commit[:12]}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        run(["git", "clone", "--quiet", "--shared", "--no-checkout", clone(case.repository, clones), part])
        run(["git", "-C", part, "checkout", "--quiet", "--detach", commit])
        part.rename(folder)
    return folder


def installed(case, python, room):
    """A folder of that name is what tells packages from the program's own files."""
    folder = room / f"{case.name}-{case.python}" / "site-packages"
    stamp = folder.parent / "packages"
    wanted = " ".join(case.packages)
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if case.packages:
            options = ["--quiet", "--disable-pip-version-check", "--target", folder]
            run([python, "-m", "pip", "install", *options, *case.packages], patience=PATIENCE)
        stamp.write_text(wanted)
    return folder


@cache
def interpreter(version):
    """A CPython of that version: from UNSLOW_PYTHONS, pyenv, PATH or scripts/get-python."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    fetched = HERE.parents[1] / "target/python/bin" / f"python{version}"
    on_path = [shutil.which(f"python{version}")]
    for candidate in [*os.environ.get("UNSLOW_PYTHONS", "").split(":"), *pyenv, fetched, *filter(None, on_path)]:
        if candidate and Path(candidate).is_file() and is_version(candidate, version):
            return Path(candidate)
    raise CannotRun(f"CPython {version} was not found")


def is_version(candidate, version):
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([candidate, "-c", ask], capture_output=True, text=True)
    return answer.stdout.strip() == version
