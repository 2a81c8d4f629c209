"""Looks for what belongs into a package with many excluded files. TIMES"""

import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from parts import hollow

hollow.imports("poetry", "poetry.masonry.builders.builder", "poetry.masonry.builders.sdist",
               "poetry.masonry.utils.include", "poetry.masonry.utils.module",
               "poetry.masonry.utils.package_include", "poetry.utils._compat", "poetry.vcs", "poetry.vcs.git")

from poetry.masonry.builders.sdist import SdistBuilder

PACKAGES, IGNORED = 30, 900


def project(folder):
    for i in range(PACKAGES):
        part = folder / f"package_{i}"
        (part / "data").mkdir(parents=True)
        (part / "__init__.py").touch()
        (part / "data" / "rows.csv").touch()
    (folder / "logs").mkdir()
    for i in range(IGNORED):
        (folder / "logs" / f"{i}.log").touch()
    (folder / ".gitignore").write_text("*.log\n")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    package = SimpleNamespace(name="shop", include=[], exclude=["logs/1*.log"], build=None,
                              packages=[{"include": f"package_{i}"} for i in range(PACKAGES)])
    return SimpleNamespace(package=package, file=folder / "pyproject.toml", local_config={})


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = project(Path(folder))
        for _ in range(int(sys.argv[1])):
            builder = SdistBuilder(made, None, SimpleNamespace(writeln=lambda *_, **__: None, VERBOSITY_VERY_VERBOSE=3))
            found = [builder.find_packages(include) for include in builder._module.includes]
    print(sum(len(data) for _, _, data in found))


main()
