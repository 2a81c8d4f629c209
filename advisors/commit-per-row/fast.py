"""Stores orders in a table."""

import os
import sqlite3
import sys
import tempfile


def prepare(kind):
    rows = [(i, f"c{i % 97}", i * 37 % 5_000) for i in range(200 if kind == 1 else 20_000)]
    return rows, (committed, executed)[kind - 1]


def work(rows, store):
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(os.path.join(folder, "orders"))
        connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, cents INTEGER)")
        store(connection, rows)
        total = connection.execute("SELECT COUNT(*), SUM(cents) FROM orders").fetchone()
        connection.close()
        return total


def committed(connection, rows):
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.commit()  # hot 2% idle 40% connection=Connection


def executed(connection, rows):
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    connection.commit()


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1)))
