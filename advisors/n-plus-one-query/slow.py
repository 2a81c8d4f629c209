"""Lists orders with the names of their customers."""

import sqlite3
import sys

# Orders.
SIZES = (100, 1_000, 10_000)


def prepare(n):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)")
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, cents INTEGER)")
    connection.executemany("INSERT INTO customers VALUES (?, ?)", [(i, f"c{i}") for i in range(n)])
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(i, i * 7919 % n, i) for i in range(n)])
    return (connection,)


def work(connection):
    spent = {}
    for customer, cents in connection.execute("SELECT customer, cents FROM orders ORDER BY id"):
        name = name_of(connection, customer)
        spent[name] = spent.get(name, 0) + cents
    return sum(len(name) * cents for name, cents in spent.items())


def name_of(connection, customer):
    query = "SELECT name FROM customers WHERE id = ?"
    return connection.execute(query, (customer,)).fetchone()[0]  # hot 60% on "connection.execute(query, (customer,))" connection=Connection


if __name__ == "__main__":
    print(work(*prepare(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)))
