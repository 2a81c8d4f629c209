"""Parses a few long statements. TIMES"""

import sys

from sqlfluff.core import FluffConfig, Linter

COLUMNS = ",\n".join(f"    t.amount_{i} + coalesce(t.tax_{i}, {i}) as total_{i}" for i in range(150))
TEXT = "".join(f"select\n{COLUMNS}\nfrom orders_{i} as t\nwhere t.day > {i};\n" for i in range(2))


def main():
    linter = Linter(config=FluffConfig(overrides={"dialect": "ansi"}))
    for _ in range(int(sys.argv[1])):
        for name in ("a", "b"):
            parsed = linter.parse_string(TEXT, fname=f"{name}.sql")
    print(len(list(parsed.tree.recursive_crawl("select_clause_element"))), len(parsed.violations))


main()
