"""Busy until SIGINT, SIGTERM or SIGQUIT comes, which it answers to in its own way."""

import signal
import sys
import time


def leave(number, _frame):
    print("got", signal.Signals(number).name, flush=True)
    sys.exit(40 + number)


signal.signal(signal.SIGINT, leave)
signal.signal(signal.SIGTERM, leave)
signal.signal(signal.SIGQUIT, leave)
print("ready", flush=True)
end = time.time() + 30
while time.time() < end:
    pass
