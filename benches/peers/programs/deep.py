"""A thread that spins in the last of 37 functions, each called by the one before."""

chain = "".join(f"def level_{n}(x):\n    return level_{n + 1}(x + 1)\n" for n in range(1, 37))
chain += "def level_37(x):\n    while True:\n        x = (x + 1) % 1000\nlevel_1(0)\n"
exec(compile(chain, "deep.py", "exec"))
