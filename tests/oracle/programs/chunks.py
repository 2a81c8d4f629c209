"""Down and up again through a dozen chunks of the data stack, which come and go."""
import sys

sys.setrecursionlimit(4000)

def even(n):
    if n:
        odd(n - 1)

def odd(n):
    if n:
        even(n - 1)

print("ready", flush=True)
while True:
    even(1200)
