"""Parses and evaluates expressions with a grammar."""

from lark import Lark, Transformer, v_args

GRAMMAR = """
    ?start: sum
    ?sum: product | sum "+" product -> add | sum "-" product -> sub
    ?product: atom | product "*" atom -> mul
    ?atom: NUMBER -> number | "(" sum ")"
    %import common.NUMBER
    %ignore " "
"""


@v_args(inline=True)
class Calculate(Transformer):
    from operator import add, mul, sub

    number = int


def work(lines=60):
    parser = Lark(GRAMMAR, parser="lalr")
    calculate = Calculate()
    total = 0
    for n in range(lines):
        text = " + ".join(f"({n} * {k} - 2)" for k in range(20))
        total += calculate.transform(parser.parse(text))
    return total


if __name__ == "__main__":
    print(work())
