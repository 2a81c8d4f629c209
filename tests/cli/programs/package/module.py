import sys
import time

end = time.time() + 0.5
while time.time() < end:
    pass
print(__name__, sys.argv[1:])
