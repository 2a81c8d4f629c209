"""Reads records, each of which says its length, from what a device has sent."""

import sys

# Bytes.
SIZES = (32_768, 131_072, 524_288)


def prepare(size):
    sent = bytearray()
    number = 0
    while len(sent) < size:
        length = 40 + number * 7 % 50
        sent += bytes([length]) + bytes([number % 251]) * length
        number += 1
    return (bytes(sent),)


def work(sent):
    total = 0
    while sent:
        end = 1 + sent[0]
        record = sent[1:end]
        sent = sent[end:]  # hot 90% on "sent[end:]" sent=bytes:262144..0
        total = (total * 31 + record[-1]) % 1_000_003
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 262_144)))
