"""Parses a file of one statement again and again, with what a context keeps of its parts. TIMES"""

import sys

from sqlfluff.core import FluffConfig
from sqlfluff.core.parser import Lexer, Parser
from sqlfluff.core.parser.context import ParseContext

ROWS = ",\n".join(f"({number}, {number})" for number in range(200))
TEXT = f"INSERT INTO orders VALUES {ROWS};\n"


def main():
    config = FluffConfig(overrides={"dialect": "ansi"})
    tokens, _ = Lexer(config=config).lex(TEXT)
    root = Parser(config=config).RootSegment
    context = ParseContext.from_config(config=config)
    for _ in range(int(sys.argv[1])):
        for _ in range(30):
            context._tqdm = None  # the bar of the parse before, which is over
            parsed = root.root_parse(tuple(tokens), context)
    print(len(list(parsed.recursive_crawl("literal"))))


main()
