"""Prices carts, and counts how many."""

import sys

# Carts.
SIZES = (100,)

calls = {"carts": 0}


def counted(function):
    def wrapper(*args):
        calls["carts"] += 1
        return function(*args)  # hot 99% self 1% calls ":price" 98% direct

    return wrapper


@counted
def price(cart):
    """Cents, discounts taken off."""
    total = 0
    for cents in cart:
        total += cents * 95 // 100  # hot 60%
    return total


def work(n):
    return sum(price(range(i, i + 2_000)) for i in range(n))


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 500), calls["carts"])
