"""Translates queries from one SQL dialect to another."""

import sqlglot

QUERY = """
WITH recent AS (SELECT id, customer, SUM(total) AS total FROM orders WHERE day > '2024-01-0{n}'
  GROUP BY id, customer)
SELECT c.name, r.total, ROW_NUMBER() OVER (PARTITION BY c.country ORDER BY r.total DESC) AS place
FROM recent AS r LEFT JOIN customers AS c ON c.id = r.customer
WHERE c.country IN ('DE', 'FR') AND r.total / {n} > 10 LIMIT {n}
"""


def work(queries=9):
    texts = [QUERY.format(n=n) for n in range(1, queries + 1)]
    return sum(len(sqlglot.transpile(text, read="duckdb", write="snowflake")[0]) for text in texts)


if __name__ == "__main__":
    print(work())
