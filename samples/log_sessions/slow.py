#!/usr/bin/env python3
"""Visitor sessions from a web server's access log.

Parses the day's log, follows every visitor through it and writes one line a session: who, when,
how long, which pages, how many bytes. A session ends after half an hour without a request. The
log is written by several servers, so a request may stand a little before one that came earlier:
such a request waits at the end of the queue until its visitor's clock has caught up.

    slow.py                      generates a day's log in a temporary directory
    slow.py --rows 5000          a quieter day
    slow.py --log FILE -o FILE   reads an access log, keeps the sessions
"""

import argparse
import collections
import os
import random
import re
import tempfile
import zlib

GAP = 30 * 60
PATIENCE = 3
LINE = re.compile(r'(\S+) - - \[(\d+):(\d+):(\d+)\] "(\w+) (\S+) [^"]*" (\d+) (\d+)')

Request = collections.namedtuple("Request", "visitor at method path status size")


def generate(path, rows):
    """Writes a day's access log."""
    rng = random.Random(7)
    pages = ["/", "/search", "/cart", "/checkout", "/help"] + ["/item/%d" % n for n in range(400)]
    hits = []
    while len(hits) < rows:
        number = rng.randrange(rows // 20 + 1)
        visitor = "10.%d.%d.%d" % (number % 7, number // 250, number % 250)
        at = rng.randrange(84000)
        for _ in range(rng.randrange(1, 20)):
            hits.append((at + rng.randrange(90), at, visitor))
            at += rng.randrange(120)
    with open(path, "w") as out:
        for _, at, visitor in sorted(hits[:rows]):
            out.write(
                '%s - - [%02d:%02d:%02d] "GET %s HTTP/1.1" %d %d\n'
                % (
                    visitor,
                    at // 3600,
                    at // 60 % 60,
                    at % 60,
                    pages[int(rng.random() ** 3 * len(pages))],
                    rng.choice((200, 200, 200, 200, 304, 404, 500)),
                    rng.randrange(200, 90000),
                )
            )


def parse(path):
    """The requests of a log, in its order; lines that are no requests are left out."""
    requests = []
    with open(path) as log:
        for line in log:
            match = LINE.match(line)
            if match is None:
                continue
            visitor, hour, minute, second, method, page, status, size = match.groups()
            at = int(hour) * 3600 + int(minute) * 60 + int(second)
            requests.append(Request(visitor, at, method, page, int(status), int(size)))
    return requests


class Session:
    """What one visitor did without a pause."""

    __slots__ = ("visitor", "first", "last", "pages", "failures", "size")

    def __init__(self, request):
        self.visitor = request.visitor
        self.first = request.at
        self.last = request.at
        self.pages = []
        self.failures = 0
        self.size = 0

    def add(self, request):
        self.last = max(self.last, request.at)
        self.pages.append(request.path)
        self.size += request.size
        if request.status >= 400:
            self.failures += 1

    def line(self):
        return "{} {:05d} {:>5}s {:>3} pages {:>8} bytes {:>2} failed {}\n".format(
            self.visitor,
            self.first,
            self.last - self.first,
            len(self.pages),
            self.size,
            self.failures,
            " ".join(self.pages[:10]),
        )


def follow(requests):
    """Groups requests into sessions, in the order in which the sessions began."""
    pending = [(request, 0) for request in requests]
    current = {}
    sessions = []
    late = 0
    while pending:
        request, waited = pending.pop(0)
        session = current.get(request.visitor)
        if session is not None and request.at < session.last - 60 and waited < PATIENCE:
            late += 1
            pending.append((request, waited + 1))
            continue
        if session is None or request.at - session.last > GAP:
            session = Session(request)
            current[request.visitor] = session
            sessions.append(session)
        session.add(request)
    return sessions, late


def busiest(sessions):
    """Sessions and bytes of every hour."""
    hours = collections.defaultdict(lambda: [0, 0])
    for session in sessions:
        hour = hours[session.first // 3600]
        hour[0] += 1
        hour[1] += session.size
    return sorted(hours.items())


parser = argparse.ArgumentParser(description="Visitor sessions from an access log.")
parser.add_argument("--rows", type=int, default=230000, help="requests to generate")
parser.add_argument("--log", help="the access log to read")
parser.add_argument("-o", "--output", help="where to keep the sessions")
options = parser.parse_args()

with tempfile.TemporaryDirectory() as scratch:
    log = options.log
    if log is None:
        log = os.path.join(scratch, "access.log")
        generate(log, options.rows)
    sessions, late = follow(parse(log))

    listing = ""
    for session in sessions:
        listing += session.line()

    content = listing.encode("utf-8")
    with open(options.output or os.path.join(scratch, "sessions.txt"), "wb") as out:
        out.write(content)

print("{} sessions, {} requests came late".format(len(sessions), late))
for hour, (count, size) in busiest(sessions):
    print("  {:02d}h {:>6} sessions {:>12} bytes".format(hour, count, size))
print("listing: {} bytes, crc32 {:08x}".format(len(content), zlib.crc32(content)))
