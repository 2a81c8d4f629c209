"""Renders a page with a table from a template."""

from jinja2 import DictLoader, Environment

TEMPLATES = {
    "base.html": "<html><title>{% block title %}{% endblock %}</title>{% block body %}{% endblock %}</html>",
    "page.html": """{% extends "base.html" %}
{% block title %}{{ title|title }}{% endblock %}
{% block body %}<table>
{% for row in rows %}<tr class="{{ loop.cycle('odd', 'even') }}">
{% for cell in row.cells %}<td>{{ cell|default('-')|e }}</td>{% endfor %}
<td>{% if row.total > 50 %}<b>{{ '%.2f'|format(row.total) }}</b>{% else %}{{ row.total }}{% endif %}</td>
</tr>{% endfor %}</table>{% endblock %}""",
}


def work(rows=2_000):
    page = Environment(loader=DictLoader(TEMPLATES), autoescape=True).get_template("page.html")
    table = [{"cells": [n, f"name <{n}>", None], "total": n % 101} for n in range(rows)]
    return len(page.render(title="all of the orders", rows=table))


if __name__ == "__main__":
    print(work())
