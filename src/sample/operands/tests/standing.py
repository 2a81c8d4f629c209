"""Tells where the calling frame is and waits, as frames.py does, whose own globals are looked at."""

import sys


def here(scenario):
    frame = sys._getframe(1)
    code = frame.f_code
    name = getattr(code, "co_qualname", code.co_name)
    sys.stdout.buffer.write(f"{scenario}\t{id(frame)}\t{id(code)}\t{name}\n".encode())
    sys.stdout.buffer.flush()
    sys.stdin.readline()
