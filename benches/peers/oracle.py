"""Which stacks a program can have: told by its source."""

import ast
import re
from functools import cache

from machine import PROGRAMS

UNKNOWN = -1  # the line that Tachyon gives where it has none


@cache
def truth(program):
    """Calls, as (function, line) -> functions that run from there; and the lines of each function."""
    text = (PROGRAMS / f"{program}.py").read_text()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lines = {node.name: range(node.lineno, node.end_lineno + 1) for node in functions}
    owner = {line: name for name, body in lines.items() for line in body}
    calls = {}
    for number, line in enumerate(text.splitlines(), 1):
        if called := re.search(r"# -> (\w+)$", line):
            calls[owner.get(number, "<module>"), number] = called[1]
    return calls, lines


def possible(program, stack):
    """Can it have this stack, of (function, line), outermost first? Every caller has to stand at
    the line that calls the next, and the innermost inside of its own function; only there a line
    may be unknown. A stack without its outer part is not possible."""
    calls, lines = truth(program)
    if not stack or stack[0][0] != "<module>":
        return False
    callers = zip(stack, stack[1:])
    (name, line) = stack[-1]
    inside = len(stack) == 1 or line == UNKNOWN or line in lines.get(name, ())
    return inside and all(calls.get(caller) == callee for caller, (callee, _) in callers)
