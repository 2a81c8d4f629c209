"""Builds a page of documentation out of reStructuredText."""

from docutils.core import publish_parts

SECTION = """
Section {n}
-----------

A paragraph with *emphasis*, **strong** text, ``code`` and a `link <https://example.org/{n}>`_.

* one
* two, with a longer line that is
  continued

.. note:: Section {n} is not long.

=====  =====
a      b
=====  =====
{n:<5}  2
=====  =====
"""


def work(sections=15):
    text = "Title\n=====\n" + "".join(SECTION.format(n=n) for n in range(sections))
    return len(publish_parts(text, writer_name="html5")["html_body"])


if __name__ == "__main__":
    print(work())
