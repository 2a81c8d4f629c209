"""Converts a long Markdown page to HTML, with mistune."""

import mistune

SECTION = """
## Section {n}

Some *emphasised* text, some **strong** text, `code`, and a [link](https://example.org/{n}).

- item {n}
- item with `code`

| a | b |
|---|---|
| 1 | {n} |

> Quoted, in section {n}.
"""


def work(sections=60):
    page = "".join(SECTION.format(n=n) for n in range(sections))
    return mistune.create_markdown(plugins=["table", "strikethrough", "footnotes"])(page)


if __name__ == "__main__":
    print(len(work()))
