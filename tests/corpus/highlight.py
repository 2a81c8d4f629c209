"""Colours a source file for the web."""

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

CODE = '''
@decorated
class Shop{n}(Base):
    """Sells {n} things."""

    rate: float = 0.{n}

    def total(self, rows, *, tax=None):
        return sum(row["price"] * (1 + (tax or self.rate)) for row in rows if row.get("ok"))
'''


def work(classes=40):
    text = "".join(CODE.format(n=n) for n in range(classes))
    return len(highlight(text, PythonLexer(), HtmlFormatter(linenos=True)))


if __name__ == "__main__":
    print(work())
