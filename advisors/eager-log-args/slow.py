"""Settles accounts, and would tell how."""

import logging
import sys

log = logging.getLogger("accounts")

# Values that a message lists.
SIZES = (10, 30, 100)


def prepare(n):
    return ([list(range(i, i + n)) for i in range(2_000)],)


def work(accounts):
    total = 0
    for amounts in accounts:
        total += sum(amounts)
        log.debug("settled %s", ", ".join([str(amount) for amount in amounts]))  # hot 70% on "[str(amount) for amount in amounts]" log=Logger
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 30)))
