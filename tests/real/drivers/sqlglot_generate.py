"""Writes out a statement again and again. TIMES"""

import sys

from sqlglot import parse_one

COLUMNS = ", ".join(f"t.a{i} + coalesce(t.b{i}, {i}) * 2 AS c{i}" for i in range(200))
TEXT = f"SELECT {COLUMNS} FROM t JOIN u ON t.id = u.id AND t.day BETWEEN u.first AND u.last WHERE NOT t.x IN (1, 2)"


def main():
    parsed = parse_one(TEXT)
    for _ in range(int(sys.argv[1])):
        written = {parsed.sql(copy=False) for _ in range(300)}
    print(len(written.pop()))


main()
