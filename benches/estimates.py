"""Runs the work of a pair with its preparation: SLOW SIZE [SECONDS].

Over and over until it is ended, and prints a line when all that is imported is there; or once, and
again if that is over before so many seconds. Where the pair says more than a size of what it is given
when it is sampled, it is given that too.
"""

import os
import sys
import time

path, size, *seconds = sys.argv[1:]
sys.path.insert(0, os.path.dirname(path))
slow = __import__(os.path.basename(path)[:-3])
prepare = getattr(slow, "prepare", lambda n: (n,))
more = getattr(slow, "RUN_ONCE", (None,))[1:]


def work():
    slow.work(*prepare(int(size)), *more)


end = time.monotonic() + float(*seconds)
work()
while seconds and time.monotonic() < end:
    work()
if not seconds:
    print("ready", flush=True)
    sys.stdout = open(os.devnull, "w")
while not seconds:
    work()
