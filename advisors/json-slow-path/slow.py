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
    json.dump(records, file)  # hot 95% self 1% calls "json:dump" 94% direct calls "json.encoder:_make_iterencode.<locals>._iterencode" 75%
    return len(file.getvalue())


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)))
