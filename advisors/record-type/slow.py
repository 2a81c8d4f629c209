"""Reads stock levels and adds up what they are worth."""

import sys

# Rows.
SIZES = (150_000,)


def work(n):
    rows = []
    for i in range(n):
        rows.append({'item': i, 'stock': i % 97, 'cents': i * 37 % 5_000})  # hot 60% on "{'item': i, 'stock': i % 97, 'cents': i * 37 % 5_000}" rows=list[dict]:0..150000
    return sum(row["stock"] * row["cents"] for row in rows)


if __name__ == "__main__":
    print(work(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000))
