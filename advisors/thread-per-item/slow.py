"""Checks the syntax of many host names, several at a time."""

import sys
import threading

# Names.
SIZES = (200, 500, 1_000)


def prepare(count):
    return ([f"host-{number}.example{'!' * (number % 7 == 0)}.org" for number in range(count)],)


def check(name, bad):
    labels = name.split(".")
    if not all(label.replace("-", "").isalnum() for label in labels):
        bad.append(name)


def work(names):
    bad = []
    threads = []
    for name in names:
        thread = threading.Thread(target=check, args=(name, bad))
        thread.start()  # hot 40% self 1% idle 30% calls "threading:Thread.start" 38% idle 30% direct
        threads.append(thread)  # process threads=1.3 ids=400 busy=1 cores=1 cpus=2
    for thread in threads:
        thread.join()
    return len(bad)


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)))
