"""Code of the standard library that handles exceptions: its name, its instructions and its exception table
in hexadecimal digits, and where it tests or computes something of two values, in code units."""

import dis
import os
import sys

NB_SUBSCR = 26

WHERE = ["asyncio", "concurrent/futures", "email", "importlib", "json", "logging", "unittest", "."]


def takes_two(instruction):
    is_item = sys.version_info >= (3, 14) and instruction.arg == NB_SUBSCR
    name = instruction.opname
    return name == "CONTAINS_OP" or name == "BINARY_OP" and not is_item


def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield from codes(constant)


for folder in WHERE:
    folder = os.path.join(os.path.dirname(os.__file__), folder)
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"):
            continue
        with open(os.path.join(folder, name), "rb") as file:
            module = compile(file.read(), name, "exec")
        for code in codes(module):
            if code.co_exceptiontable:
                units = [it.offset // 2 for it in dis.get_instructions(code) if takes_two(it)]
                print(
                    f"{name}:{code.co_qualname}",
                    code.co_code.hex(),
                    code.co_exceptiontable.hex(),
                    ",".join(map(str, units)),
                    sep="\t",
                )
