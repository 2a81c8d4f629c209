"""What came out, as a table in Markdown: a line a case, those that were not run again are kept."""

from machine import description
from table import line, replace

HEADS = ["case", "place", "advisor", "as expected", "promised", "saved, measured", "seconds", "also said",
         "when, with what"]

ABOUT = """# Real fixes

Written by `tests/real/run`, of which [README.md](README.md) tells. *Promised* is the share of the run
that unslow says the fix saves, with its interval; *saved* is what the project's own fix saved, the
median of pairs of runs in turn and the lowest and highest of them; of processor time (cpu) or time on the
wall. Where the advisor is *none*, no finding must be in that function; what holds it back is told. What was
*also said*, before or after, is shown to be judged by hand.
"""


class Results:
    def __init__(self, path, names):
        self.path, self.names = path, names

    def put(self, name, cells):
        """Is on disk at once."""
        rows = self.kept() | {name: line([name, *cells])}
        ordered = [rows[name] for name in self.names if name in rows]
        table = [line(HEADS), line(["---"] * len(HEADS), ""), *ordered]
        replace(self.path, "\n".join([ABOUT, *table, "", f"Measured on {description()}.", ""]))

    def kept(self):
        """The rows by case."""
        if not self.path.exists():
            return {}
        rows = (row for row in self.path.read_text().splitlines() if row.startswith("| "))
        return {row.split(" | ")[0].removeprefix("| "): row for row in rows}
