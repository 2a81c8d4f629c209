"""Forgets what documents have described, one after the other. TIMES"""

import sys
from types import SimpleNamespace

from sphinx.domains.python import ModuleEntry, ObjectEntry, PythonDomain

DOCUMENTS, OBJECTS = 1200, 20


def domain():
    made = PythonDomain.__new__(PythonDomain)
    names = [(f"shop.module_{i}", f"document_{i}") for i in range(DOCUMENTS)]
    made.data = {
        "objects": {f"{module}.function_{j}": ObjectEntry(document, f"id{j}", "function", False)
                    for module, document in names for j in range(OBJECTS)},
        "modules": {module: ModuleEntry(document, module, "", "", False) for module, document in names},
    }
    return made


def main():
    for _ in range(int(sys.argv[1])):
        python = domain()
        for i in range(0, DOCUMENTS, 2):
            python.clear_doc(f"document_{i}")
    print(len(python.objects), len(python.modules))


main()
