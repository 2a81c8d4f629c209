"""Sums up what was paid, and counts the payments that are no amounts."""

import sys

# Payments.
SIZES = (10_000,)


def prepare(n):
    return ([str(i * 37 % 5_000) for i in range(n)],)


def work(lines):
    amounts = (int(line) for line in lines)  # hot 50% on "int(line)"
    total = 0
    for cents in amounts:  # hot 70% self 20%
        total = (total * 31 + cents) % 1_000_003  # hot 25%
    wrong = [cents for cents in amounts if cents < 0]
    return total, len(wrong)


if __name__ == "__main__":
    print(*work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)))
