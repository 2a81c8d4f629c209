"""A tree of calls, 14 deep. Each function calls a left and a right one, from two lines of its own."""

DEPTH = 14
SOURCE = """
def {side}_{level}():
    left_{deeper}()
    right_{deeper}()
"""
LEAF = """
def {side}_{level}():
    return 0
"""

for level in range(DEPTH + 1):
    for side in ("left", "right"):
        source = LEAF if level == DEPTH else SOURCE
        text = source.format(side=side, level=level, deeper=level + 1)
        exec(compile(text, __file__, "exec"))

print("ready", flush=True)
while True:
    left_0()
