"""Packs the readings of a meter into one message."""

import sys

# Bytes that are there when it is half done.
SIZES = (1_000, 10_000, 100_000)


def prepare(n):
    return ([number.to_bytes(20, "big") for number in range(2 * n // 20)],)


def work(readings):
    message = bytearray(b"MSG1")
    for reading in readings:
        message += reading  # hot 40% message=bytearray:4..400000 reading=bytes:20
    return bytes(message)


if __name__ == "__main__":
    print(len(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))))
