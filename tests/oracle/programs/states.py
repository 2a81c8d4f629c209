"""One thread for each state that a thread may be in."""
import gc, threading, time

def busy():
    while True: pass

def sleeper():
    time.sleep(1000)

def collector():
    kept = [[] for _ in range(100_000)]
    while True: gc.collect()

def inside():
    for _ in range(1000): pass

def handler():
    while True:
        try:
            raise ValueError
        except ValueError:
            inside()

for body in (busy, busy, sleeper, collector, handler):
    threading.Thread(target=body, daemon=True).start()
print("ready", flush=True)
time.sleep(1000)
