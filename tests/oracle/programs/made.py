"""Functions that are made, run once and thrown away: each is named after its first line, so that a
code object at the address of an earlier one shows when it is taken for that one."""
import types

def template():
    for _ in range(20): pass

def churn():
    number = 0
    while True:
        number = number % 50_000 + 1
        name = f"made_{number}"
        code = template.__code__.replace(
            co_name=name, co_qualname=name, co_firstlineno=number, co_filename="made"
        )
        types.FunctionType(code, {"range": range})()
        few = number % 40 + 1
        space = {}
        exec(compile("\n" * (few - 1) + TEXT.format(few), "made", "exec"), space)
        space[f"made_{few}"]()
        code = (lambda: sum(range(20))).__code__.replace(
            co_name=name, co_qualname=name, co_firstlineno=number, co_filename="made"
        )
        types.FunctionType(code, {"range": range, "sum": sum})()

TEXT = """def made_{}():
    for _ in range(20): pass
"""

print("ready", flush=True)
churn()
