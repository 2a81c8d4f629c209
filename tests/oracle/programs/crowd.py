"""A thousand threads, of which one watches the clock: for each stretch of time it tells whether it
was sampled, the largest gap between two readings, and what of that it was not waiting for a
processor."""
import os, sys, threading, time

THREADS = 1000
asleep = threading.Lock()
asleep.acquire()

def sleep():
    asleep.acquire()

def waited():
    with open("/proc/thread-self/schedstat") as account:
        return int(account.read().split()[1]) / 1e9

def largest_gap(duration):
    largest, last = 0.0, time.perf_counter()
    end = last + duration
    while last < end:
        now = time.perf_counter()
        if now - last > largest: largest = now - last
        last = now
    return largest

def watch():
    print("ready", flush=True)
    while True:
        is_sampled = os.path.exists(sys.argv[0] + ".sampled")
        largest = unexplained = 0.0
        end = time.perf_counter() + 0.1
        while time.perf_counter() < end:
            before = waited()
            gap = largest_gap(0.01)
            unexplained = max(unexplained, gap - (waited() - before))
            largest = max(largest, gap)
        if is_sampled == os.path.exists(sys.argv[0] + ".sampled"):
            with open(sys.argv[0] + ".told", "a") as told:
                print(int(is_sampled), int(largest * 1e6), int(unexplained * 1e6), file=told)

threading.stack_size(512 << 10)
for _ in range(THREADS - 2):
    threading.Thread(target=sleep, daemon=True).start()
threading.Thread(target=watch, daemon=True).start()
sleep()
