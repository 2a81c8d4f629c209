"""Lists orders with the names of their customers."""

import sqlite3
import sys


def prepare(n):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)")
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, cents INTEGER)")
    connection.executemany("INSERT INTO customers VALUES (?, ?)", [(i, f"c{i}") for i in range(n)])
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(i, i * 7919 % n, i) for i in range(n)])
    return (connection,)


def work(connection):
    spent = {}
    query = """
        SELECT customers.name, orders.cents
        FROM orders JOIN customers ON customers.id = orders.customer
        ORDER BY orders.id
    """
    for name, cents in connection.execute(query):  # hot 30%
        spent[name] = spent.get(name, 0) + cents
    return sum(len(name) * cents for name, cents in spent.items())


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)))
