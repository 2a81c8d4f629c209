"""Threads that live for a moment; five at a time."""
import threading

def leaf_a(): return 1
def leaf_b(): return 2
def work_a():
    for _ in range(300): leaf_a()
def work_b():
    for _ in range(300): leaf_b()

def churn():
    while True:
        threads = []
        for work in (work_a, work_b, work_a, work_b): threads.append(threading.Thread(target=work))
        for thread in threads: thread.start()
        for thread in threads: thread.join()

print("ready", flush=True)
churn()
