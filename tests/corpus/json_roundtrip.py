"""Writes records as JSON and reads them back."""

import json


def work(records=20_000):
    rows = [
        {"id": n, "name": f"name {n}", "tags": ["a", "b", str(n)], "price": n / 3, "ok": n % 2 == 0}
        for n in range(records)
    ]
    text = json.dumps(rows)
    back = json.loads(text)
    return sum(row["id"] for row in back), len(text)


if __name__ == "__main__":
    print(work())
