"""Adds up what orders cost in tax, at the rates that the settings give."""

import sys

# Lookups from SETTINGS to the rate.
SIZES = (2, 3, 4)

SETTINGS = {
    "tax": {
        "percent": 19,
        "rates": {"reduced": 7, "DE": {"full": 19}},
    },
}


def prepare(depth):
    """Cents of the orders, and the function for rates that are so deep in the settings."""
    return [n * 7919 % 40_000 for n in range(200_000)], (tax_2, tax_3, tax_4)[depth - 2]


def work(amounts, tax):
    return tax(amounts)


def tax_2(amounts):
    total = 0
    rate = SETTINGS['tax']['percent']
    for cents in amounts:
        total += cents * rate
    return total


def tax_3(amounts):
    total = 0
    rate = SETTINGS['tax']['rates']['reduced']
    for cents in amounts:
        total += cents * rate  # hot 40%
    return total


def tax_4(amounts):
    total = 0
    rate = SETTINGS['tax']['rates']['DE']['full']
    for cents in amounts:
        total += cents * rate
    return total


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 3)))
