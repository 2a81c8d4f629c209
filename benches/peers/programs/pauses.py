"""Looks at the clock as often as it can, 38 calls deep, until it is ended. Every tenth of a second
it prints the monotonic time, the seconds since the last line, and how many of them went by in gaps
over 20 us."""

import time


def level_36():
    start = last = time.monotonic()
    lost = 0.0
    while True:
        now = time.monotonic()
        if now - last > 20e-6:
            lost += now - last
        last = now
        if now - start > 0.1:
            print(now, now - start, lost, flush=True)
            start = last = time.monotonic()
            lost = 0.0


chain = "".join(f"def level_{n}():\n    level_{n + 1}()\n" for n in range(1, 36))
exec(compile(f"{chain}level_1()\n", "deep.py", "exec"))
