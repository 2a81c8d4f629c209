"""Runs the work of a pair over and over, with its preparation, until it is ended: SLOW SIZE.

Where it says more than a size of what it is given when it is sampled, it is given that too.

Prints a line when all that is imported is there.
"""

import os
import sys

path, size = sys.argv[1], int(sys.argv[2])
sys.path.insert(0, os.path.dirname(path))
slow = __import__(os.path.basename(path)[:-3])
prepare = getattr(slow, "prepare", lambda n: (n,))
more = getattr(slow, "RUN_ONCE", (size,))[1:]
slow.work(*prepare(size), *more)
print("ready", flush=True)
sys.stdout = open(os.devnull, "w")
while True:
    slow.work(*prepare(size), *more)
