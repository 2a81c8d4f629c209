"""As deep as DEPTH says, in functions that take turns, while another thread runs."""
import sys, threading

sys.setrecursionlimit(DEPTH + 1000)
FUNCTIONS = 97
for number in range(FUNCTIONS):
    text = "def step_{}(n):\n    if n: step_{}(n - 1)\n    else: bottom()\n"
    exec(text.format(number, (number + 1) % FUNCTIONS))

def leaf_a(): return 1
def leaf_b(): return 2

def bottom():
    print("ready", flush=True)
    while True:
        leaf_a(); leaf_b()

def spin():
    while True: pass

threading.Thread(target=spin, daemon=True).start()
step_0(DEPTH - 1)
