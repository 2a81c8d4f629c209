"""A thread that spins 38 calls deep: this module, one that it executes, and 36 functions, each
called by the one before."""

chain = "".join(f"def level_{n}(x):\n    return level_{n + 1}(x + 1)\n" for n in range(1, 36))
chain += "def level_36(x):\n    while True:\n        x = (x + 1) % 1000\nlevel_1(0)\n"
exec(compile(chain, "deep.py", "exec"))
