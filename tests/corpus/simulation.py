"""A simulation of a shop by events: objects, a heap, a queue, counters."""

import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, field


@dataclass(order=True)
class Event:
    time: float
    kind: str = field(compare=False)
    customer: int = field(compare=False)


@dataclass
class Shop:
    tills: int
    waiting: deque = field(default_factory=deque)
    busy: int = 0
    events: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)

    def arrive(self, event, chance):
        self.counts["arrived"] += 1
        self.waiting.append(event.customer)
        self.serve(event.time, chance)

    def leave(self, event, chance):
        self.counts["left"] += 1
        self.busy -= 1
        self.serve(event.time, chance)

    def serve(self, now, chance):
        while self.waiting and self.busy < self.tills:
            customer = self.waiting.popleft()
            self.busy += 1
            heapq.heappush(self.events, Event(now + chance.expovariate(1.0), "leave", customer))


def work(customers=20_000):
    chance = random.Random(11)
    shop = Shop(tills=3)
    now = 0.0
    for customer in range(customers):
        now += chance.expovariate(2.5)
        heapq.heappush(shop.events, Event(now, "arrive", customer))
    while shop.events:
        event = heapq.heappop(shop.events)
        if event.kind == "arrive":
            shop.arrive(event, chance)
        else:
            shop.leave(event, chance)
    return dict(shop.counts)


if __name__ == "__main__":
    print(work())
