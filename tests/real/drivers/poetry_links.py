"""Chooses among the files of a package that its lock file has the hashes of. TIMES"""

import sys

from poetry.core.packages.package import Package
from poetry.core.packages.utils.link import Link
from poetry.installation.chooser import Chooser
from poetry.repositories.repository import Repository

FILES = 3000


class Index(Repository):
    """A repository with many files of one version."""

    def find_links_for_package(self, package):
        links = (Link(f"https://example.org/{name(number)}#sha256={digest(number)}") for number in range(FILES))
        return list(links)


class Pool:
    def has_repository(self, name):
        return True

    def repository(self, name):
        return Index("index")


def name(number):
    return f"pack-1.0-cp{number}-none-any.whl"


def digest(number):
    return f"{number:064x}"


def main():
    package = Package("pack", "1.0")
    package.files = [{"file": name(number), "hash": f"sha256:{digest(number)}"} for number in range(0, FILES, 2)]
    chooser = Chooser(Pool(), None)
    for _ in range(int(sys.argv[1])):
        chosen = sum(len(chooser._get_links(package)) for _ in range(20))
    print(chosen)


main()
