"""The table: what was measured, kept as JSON, and the Markdown that is drawn from it."""

import json
import os
from dataclasses import asdict, dataclass, field

HEAD = ["figure", "unslow", "peer", "ratio", "wanted", "reached", "load"]


@dataclass
class Figure:
    """One line of the table."""

    figure: str
    ours: str
    peer: str = ""
    ratio: str = ""
    wanted: str = ""
    reached: bool | None = None


@dataclass
class Row:
    """Figures that were measured together, and under which circumstances."""

    figures: list[Figure]
    date: str
    load: list[float]  # over a minute, when it began and when it ended
    circumstances: dict[str, str] = field(default_factory=dict)


class Table:
    """Rows by name. Every change is on disk at once; a reader sees it whole or not at all."""

    def __init__(self, path, notes=()):
        self.path = path
        self.notes = dict(notes)  # by row: what holds it back where it is not reached
        self.store = path.with_suffix(".json")
        kept = json.loads(self.store.read_text()) if self.store.exists() else {}
        self.rows = {name: Row(**{**row, "figures": [Figure(**f) for f in row["figures"]]})
                     for name, row in kept.items()}

    def put(self, name, row, order):
        self.rows[name] = row
        self.rows = {name: self.rows[name] for name in order if name in self.rows}
        rows = {name: asdict(row) for name, row in self.rows.items()}
        replace(self.store, json.dumps(rows, indent=1) + "\n")
        replace(self.path, self.markdown())

    def markdown(self):
        rows = list(self.rows.values())
        has_dates = len({row.date for row in rows}) > 1
        head = [*HEAD, *(["date"] if has_dates else [])]
        lines = [told(rows), "", line(head), line(["---"] * len(head), "")]
        for row in rows:
            load = " to ".join(f"{value:.1f}" for value in row.load)
            for figure in row.figures:
                lines.append(line([*cells(figure), load, *([row.date] if has_dates else [])]))
        notes = [f"- {note}" for name, note in self.notes.items()
                 if name in self.rows and any(f.reached is False for f in self.rows[name].figures)]
        told_why = ["", "What holds back the figures that are not reached:", "", *notes] if notes else []
        return "\n".join([*lines, *told_why, ""])


def cells(figure):
    reached = {True: "yes", False: "no", None: ""}[figure.reached]
    return [figure.figure, figure.ours, figure.peer, figure.ratio, figure.wanted, reached]


def line(words, space=" "):
    """One line of Markdown, whatever the words are made of."""
    inert = (" ".join(word.replace("|", "\\|").split()) for word in words)
    return "|" + "|".join(f"{space}{word}{space}" if word else " " for word in inert) + "|"


def told(rows):
    """When and on what, by the words of the rows themselves."""
    dates = sorted({row.date for row in rows})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    several = {kind: list(dict.fromkeys(row.circumstances[kind] for row in rows))
               for kind in ("machine", "versions", "effort")}
    on, what, how = ("; ".join(values) for values in several.values())
    return (f"Measured on {when} with `benches/peers/run`, on {on}: {what}; {how}. `load` is the mean "
            "number of programs that wanted a processor, over a minute, when the row began and when "
            "it ended; the program that is looked at is one of them.")


def show(readme, table):
    """Puts a table into a README, from the mark that names its file up to the next heading."""
    text = readme.read_text()
    mark = f"<!-- table: {table.path.relative_to(readme.parent)} -->\n"
    before, _, after = text.partition(mark)
    heading = after.index("\n## ")
    replace(readme, f"{before}{mark}\n{table.markdown()}{after[heading:]}")


def replace(path, text):
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    os.replace(beside, path)
