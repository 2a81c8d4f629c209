"""Asks how the constraints of many packages relate. TIMES"""

import sys

from poetry.core.packages.dependency import Dependency
from poetry.mixology.term import Term

PACKAGES = 4000


def main():
    total = 0
    for _ in range(int(sys.argv[1])):
        total = 0
        for i in range(PACKAGES):
            newer = Term(Dependency("orders", f">={i % 40}.{i % 7}"), True)
            older = Term(Dependency("orders", f"<{i % 50}.2"), i % 3 > 0)
            for _ in range(3):
                both = newer.intersect(older)
                total += both is not None and both.satisfies(newer)
                total += newer.inverse.satisfies(older)
    print(total)


main()
