"""Stores orders in a table."""

import os
import sqlite3
import sys
import tempfile
import time

# What is done for every order: 1 ends a transaction, 2 calls the database.
SIZES = (1, 2)

# Most of it is waited for.
clock = time.perf_counter


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
    for row in rows:
        connection.execute("INSERT INTO orders VALUES (?, ?, ?)", row)
        connection.commit()  # hot 10% idle 70% connection=Connection


def executed(connection, rows):
    for row in rows:
        connection.execute("INSERT INTO orders VALUES (?, ?, ?)", row)
    connection.commit()


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 1)))
