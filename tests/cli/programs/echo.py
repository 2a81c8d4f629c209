"""Gives back its arguments, its input and a complaint, as bytes that are nobody else's."""

import sys
import time

end = time.time() + 0.5
while time.time() < end:
    pass
sys.stdout.write("arguments %r\ninput %r\n" % (sys.argv[1:], sys.stdin.read()))
sys.stderr.write("complaint\n")
