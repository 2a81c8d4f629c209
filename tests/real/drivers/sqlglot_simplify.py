"""Simplifies a large OR of ANDs, which nothing in it can be combined with. TIMES"""

import sys

from sqlglot import parse_one
from sqlglot.optimizer.simplify import simplify

TEXT = " OR ".join(f"(a{i} AND b{i})" for i in range(700))


def main():
    parsed = parse_one(f"SELECT 1 FROM t WHERE {TEXT}")
    for _ in range(int(sys.argv[1])):
        simplified = simplify(parsed.copy())
    print(len(simplified.sql()))


main()
