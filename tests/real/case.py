"""The table of cases."""

import tomllib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    name: str
    repository: str  # OWNER/NAME
    before: str  # commit
    after: str  # commit
    path: str  # of the file, within the repository
    function: str  # its name, or as much of the end of its qualified name as tells it from others
    advisor: str  # which must name the place first before the fix; "none" if no finding must be there
    driver: str  # in drivers/: `DRIVER TIMES` does the work so many times and prints what came out
    expression: str = ""  # what stands on the lines of the finding
    python: str = "3.13"
    source: str = "."  # the folder to import from, within the repository
    packages: list = field(default_factory=list)  # pinned, for pip
    also: list = field(default_factory=list)  # advisors whose finding is true as well
    clock: str = "cpu"  # what the fix saves: "cpu" or "wall"
    note: str = ""

    @property
    def expects_finding(self):
        return self.advisor != "none"


def cases(path):
    return [Case(**table) for table in tomllib.loads(path.read_text())["case"]]
