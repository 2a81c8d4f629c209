"""Fetches orders from a service that is busy now and then."""

import random
import sys
import time

# Orders.
SIZES = (5,)

clock = time.perf_counter


class Busy(Exception):
    pass


class Service:
    def __init__(self):
        self.asked = 0

    def fetch(self, number):
        """Fails every other time."""
        self.asked += 1
        if self.asked % 2:
            raise Busy(number)
        return number * 37 % 5_000


def fetched(service, number):
    for attempt in range(5):
        try:
            return service.fetch(number)
        except Busy:
            time.sleep(random.uniform(0, min(0.02, 0.001 * 2 ** attempt)))  # hot 1% idle 60%
    raise TimeoutError(number)


def work(n):
    service = Service()
    return sum(fetched(service, number) for number in range(n))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
