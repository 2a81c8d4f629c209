"""Keeps two forked workers busy while it waits for them."""

import os
import time


def work():
    end = time.time() + 1.5
    while time.time() < end:
        pass


workers = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    workers.append(pid)
for pid in workers:
    os.waitpid(pid, 0)
