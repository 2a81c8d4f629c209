"""Looks at the clock as often as it can for the seconds asked for; prints the time lost in gaps
longer than 20 us, the longest of them, and how often it looked."""

import sys
import time

end = time.perf_counter() + float(sys.argv[1])
lost = longest = 0.0
looks = 0
last = time.perf_counter()
while last < end:
    now = time.perf_counter()
    gap = now - last
    if gap > 20e-6:
        lost += gap
        longest = max(longest, gap)
    looks += 1
    last = now
print(lost, longest, looks)
