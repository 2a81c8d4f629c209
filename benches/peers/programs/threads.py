"""Threads that spin (first argument: how many) and threads that sleep (second)."""

import sys
import threading
import time


def spin():
    n = 0
    while True:
        n = (n + 1) % 1000


spinners, sleepers = (int(word) for word in sys.argv[1:3])
for _ in range(sleepers):
    threading.Thread(target=time.sleep, args=(1_000_000,), daemon=True).start()
for _ in range(spinners - 1):
    threading.Thread(target=spin, daemon=True).start()
spin()
