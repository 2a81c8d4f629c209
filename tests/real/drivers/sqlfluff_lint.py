"""Parses long statements with the parser in Rust. TIMES"""

import sys

from sqlfluff.core import FluffConfig, Linter

ROWS = ",\n".join(f"({number}, {number})" for number in range(200))
TEXT = f"INSERT INTO orders VALUES {ROWS};\n"


def main():
    linter = Linter(config=FluffConfig(overrides={"dialect": "ansi", "use_rust_parser": True}))
    for _ in range(int(sys.argv[1])):
        for _ in range(12):
            parsed = linter.parse_string(TEXT)
    print(len(list(parsed.tree.recursive_crawl("literal"))), len(parsed.violations))


main()
