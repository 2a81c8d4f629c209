"""A tree of calls, 8 deep, each made by C code. Each method calls a left one, with keywords, and a
right one, through `map`, from two lines of its own."""

DEPTH = 8
WAY = {"way": 0}
ONE = [0]
SOURCE = """
def {side}_{level}(self, way):
    self.left_{deeper}(**WAY)
    list(map(self.right_{deeper}, ONE))
"""
LEAF = """
def {side}_{level}(self, way):
    return 0
"""

class Tree:
    pass

for level in range(DEPTH + 1):
    for side in ("left", "right"):
        source = LEAF if level == DEPTH else SOURCE
        text = source.format(side=side, level=level, deeper=level + 1)
        exec(compile(text, __file__, "exec"))
        setattr(Tree, f"{side}_{level}", globals()[f"{side}_{level}"])

tree = Tree()
print("ready", flush=True)
while True:
    tree.left_0(**WAY)
