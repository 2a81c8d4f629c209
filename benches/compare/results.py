"""What was found out, kept as JSON, and the Markdown that is drawn from it."""

import json

from answers import QUESTIONS, ROUNDS
from catalogue import TOOLS
from table import line, replace

NOT_RUN = "not run"


class Results:
    """Cells by tool and question; every change is on disk at once."""

    def __init__(self, path):
        self.path, self.store = path, path.with_suffix(".json")

    def kept(self):
        return json.loads(self.store.read_text()) if self.store.exists() else {}

    def put(self, tool, question, cell, about):
        """`about`: the date, the machine, the tool's version, the load over a minute."""
        kept = self.kept()
        kept.setdefault(tool, {})[question] = {"cell": cell, **about}
        replace(self.store, json.dumps(kept, indent=1) + "\n")
        replace(self.path, markdown(kept))


def every(kept, key):
    return sorted({cell[key] for cells in kept.values() for cell in cells.values()})


def markdown(kept):
    names = [tool.name for tool in TOOLS]
    rows = [line([""] + names), line(["---"] * (len(names) + 1), "")]
    for question, (words, _) in QUESTIONS.items():
        cells = (kept.get(name, {}).get(question, {}).get("cell", NOT_RUN) for name in names)
        rows.append(line([words, *cells]))
    return "\n".join(["# unslow and its peers on the bundled sample", "", *rows, "", *notes(kept), ""])


def notes(kept):
    dates, machines, loads = every(kept, "date"), every(kept, "machine"), every(kept, "load")
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    versions = {name: every({name: kept[name]}, "version") for name in (t.name for t in TOOLS) if name in kept}
    told = "; ".join(f"{name}: {', '.join(words)}" for name, words in versions.items())
    settings = "; ".join(f"{tool.name}: {tool.settings}" for tool in TOOLS)
    return [
        f"Found out on {when} with `benches/compare/run`, by programs that read what the tools wrote about"
        f" samples/orders_etl/slow.py, on {'; '.join(machines)}. Load, the mean number of programs that wanted"
        f" a processor over a minute: {min(loads):.1f} to {max(loads):.1f}; beyond 2 other work was on it.",
        "",
        f"- Versions: {told}.",
        f"- Every tool has its own default settings: {settings}.",
        "- A place is an expression where the output has columns. Three lines of the sample are made"
        " slow (expected.toml); unslow's first three are its findings, the others' the lines to which their"
        " own figures give most, or the functions where they tell no lines.",
        f"- Of the whole command: the median of {ROUNDS} runs, each paired with one of the program alone,"
        " and the lowest and highest, between which the median lies with 94 %. Start and report of the"
        " tool are in it. Processor time is that of the program and the tool together, and depends less on what"
        " else the machine does.",
        "- Processor time, attached: of the tool's whole process over 5 s, its start and report included,"
        " the median of 3. The tools' default rates differ, see above.",
        "- Stops and writes are what strace saw the tool do while it was attached.",
        "- Not run: Scalene's GPU figures (no GPU here) and its proposals from a language model (they need an"
        " account); Austin's variant for native frames.",
    ]
