"""Exports records as JSON."""

import io
import json
import sys

# Records.
SIZES = (100, 1_000, 10_000)


def prepare(n):
    return ([{"id": i, "name": f"item {i}", "price": i * 0.25, "tags": ["a", "b"]} for i in range(n)],)


def work(records):
    file = io.StringIO()
    file.write(json.dumps(records))  # hot 80% on "json.dumps(records)"
    return len(file.getvalue())


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)))
