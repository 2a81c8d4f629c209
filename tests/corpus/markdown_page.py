"""Converts a long Markdown page with tables, lists and code to HTML."""

import markdown

SECTION = """
## Section {n}

A paragraph with *emphasis*, **strong words**, `code` and a [link](https://example.org/{n} "title").
It goes on for a second line, with an entity &amp; and a footnote-like mark [{n}].

| name | value | remark |
|------|-------|--------|
| a{n} | {n}   | one    |
| b{n} | 2     | two    |

1. first
2. second
   - nested *item*
   - another

```python
def f{n}(x):
    return x + {n}
```

> A quotation of {n} words.
"""


def work(sections=25):
    page = "".join(SECTION.format(n=n) for n in range(sections))
    return markdown.markdown(page, extensions=["tables", "fenced_code", "toc"])


if __name__ == "__main__":
    print(len(work()))
