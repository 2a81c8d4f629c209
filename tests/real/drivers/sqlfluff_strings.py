"""Parses many short statements. TIMES"""

import sys

from sqlfluff.core import FluffConfig, Linter


def main():
    linter = Linter(config=FluffConfig(overrides={"dialect": "ansi"}))
    parsed = 0
    for _ in range(int(sys.argv[1])):
        parsed = 0
        for i in range(40):
            parsed += linter.parse_string(f"select a, b from t{i} where c = {i}\n").tree is not None
    print(parsed)


main()
