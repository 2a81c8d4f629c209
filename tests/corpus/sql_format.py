"""Formats SQL statements."""

import sqlparse

STATEMENT = """select o.id, o.total, c.name, case when o.total > 100 then 'big' else 'small' end as size,
(select count(*) from items i where i.order_id = o.id) as items from orders o join customers c on
c.id = o.customer_id where o.created between '2024-01-01' and '2024-02-01' and c.country in ('DE',
'FR', 'IT') group by o.id, c.name having sum(o.total) > 10 order by o.total desc limit 10;
"""


def work(statements=12):
    out = 0
    for statement in sqlparse.split(STATEMENT * statements):
        out += len(sqlparse.format(statement, reindent=True, keyword_case="upper"))
    return out


if __name__ == "__main__":
    print(work())
