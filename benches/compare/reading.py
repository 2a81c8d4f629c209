"""What the tools wrote, read: places, why, what instead. Nothing here starts anything."""

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass

import tomllib


@dataclass(frozen=True)
class Place:
    """Where a tool says that something is spent. Tools that know less leave it None."""

    file: str  # its last part
    function: str
    line: int | None = None
    columns: tuple | None = None  # start and end, as the tool counts them


def place(path, function, line=None, columns=None):
    return Place(path.rsplit("/", 1)[-1], function.rsplit(".", 1)[-1], line, columns)


def folded(text):
    """py-spy's lines: `name (file:line);name (file:line) count`; the last frame is where it was."""
    weights = Counter()
    for stack, count in (line.rsplit(" ", 1) for line in text.splitlines() if line):
        if found := re.fullmatch(r"(.*) \((.+):(\d+)\)", stack.rsplit(";", 1)[-1]):
            weights[place(found[2], found[1], int(found[3]))] += int(count)
    return weights


def austin(text):
    """Lines of programs/mojo.py. Where a frame has no columns they are 0."""
    weights = Counter()
    for path, function, line, start, end, spent in map(json.loads, text.splitlines()):
        weights[place(path, function, line, (start, end) if end else None)] += spent
    return weights


def tachyon(text):
    """Tachyon's JSON lines: tables of strings and frames, and what each frame had to itself."""
    records = [json.loads(line) for line in text.splitlines()]
    strings, frames, weights = {}, {}, Counter()
    for record in records:
        strings.update((at["str_id"], at["value"]) for at in record.get("strings", ()))
        frames.update((at["frame_id"], at) for at in record.get("frames", ()))
    for entry in (entry for record in records for entry in record.get("entries", ())):
        at = frames[entry["frame_id"]]
        columns = (at["col"], at["end_col"]) if at.get("end_col") else None
        path, function = strings[at["path_str_id"]], strings[at["func_str_id"]]
        weights[place(path, function, at.get("line"), columns)] += entry["self"]
    return weights


def scalene(text):
    """Scalene's JSON: the share of Python, native and system time on each line."""
    weights, kinds = Counter(), ("n_cpu_percent_python", "n_cpu_percent_c", "n_sys_percent")
    for path, told in json.loads(text)["files"].items():
        for line in told["lines"]:
            weights[place(path, "", line["lineno"])] += sum(line[kind] for kind in kinds)
    return weights


def memray(text):
    """`memray stats --json`: bytes by `function:file:line`, or by nothing known."""
    weights = Counter()
    for entry in json.loads(text)["top_allocations_by_size"]:
        if found := re.fullmatch(r"(.*?):(.*):(\d+)", entry["location"]):
            weights[place(found[2], found[1], int(found[3]))] += entry["size"]
    return weights


def pyinstrument(text):
    """Its tree as JSON: what a function's children do not account for is its own. Built-in functions
    are its children too: their time is that of the line that calls them."""
    weights = Counter()

    def visit(frame):
        calls = [child for child in frame["children"] if child["file_path"] not in ("", "<built-in>")]
        at = place(frame["file_path"] or "", frame["function"], frame["line_no"])
        weights[at] += frame["time"] - sum(child["time"] for child in calls)
        for child in calls:
            visit(child)

    visit(json.loads(text)["root_frame"])
    return weights


def unslow(text):
    """The findings, best first."""
    weights = Counter()
    for finding in json.loads(text)["findings"]:
        columns = (finding["column"], finding["end_column"])
        weights[place(finding["path"], finding["function"], finding["line"], columns)] += finding["share"]
    return weights


READERS = {"py-spy": folded, "Austin": austin, "Tachyon": tachyon, "Scalene": scalene,
           "memray": memray, "pyinstrument": pyinstrument, "unslow": unslow}


def finest(weights, source, file="slow.py"):
    """What the finest place in a file is. A line that always is where a function begins only
    says which function."""
    places = [at for at in weights if at.file == file]
    begins = {node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    if any(at.columns for at in places):
        return "expression"
    return "line" if {at.line for at in places} - begins - {None, 0, 1} else "function"


def planted(expected):
    """Line -> function of what was made slow, by samples/*/expected.toml."""
    plants = tomllib.loads(expected)["planted"]
    return {plant["line"]: plant["function"].rsplit(".", 1)[-1] for plant in plants}


def among_first(weights, plants, source, first=3, file="slow.py"):
    """How many of the planted lines are among the lines it gives most to, and of their functions among
    the functions: those that the lines are in, whatever it calls them."""
    owners = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            owners.update(dict.fromkeys(range(node.lineno, node.end_lineno + 1), node.name))
    lines, functions = Counter(), Counter()
    for at, weight in weights.items():
        lines[at.file, at.line] += weight
        functions[at.file, owners.get(at.line, "") if at.file == file else at.function] += weight
    return tuple(len({(file, at) for at in wanted} & {at for at, _ in ranked.most_common(first)})
                 for wanted, ranked in ((set(plants), lines), (set(plants.values()), functions)))


TYPED = re.compile(r"^ *\d+ +[\d.]+ % .*?(\S+: (?:str|list|dict|tuple|set|bytes|int|float) of [\d,]+)", re.M)
SPECIALISED = re.compile(r"\b[A-Z]+_OP_[A-Z_]*(?:INT|FLOAT|UNICODE|STR|LIST|DICT)\b")


def types_seen(text):
    """What it names an object's type and size by, and a specialised instruction that tells a type."""
    typed, instruction = TYPED.search(text), SPECIALISED.search(text)
    return typed and typed[1], instruction and instruction[0]


def diffs(text):
    """The unified diffs in a report, indented as they may be; each begins with its `---` line."""
    found, current, indent = [], None, ""
    for line in text.splitlines():
        if start := re.match(r"( *)--- \S", line):
            indent, current = start[1], []
            found.append(current)
        if current is None:
            continue
        body = line.removeprefix(indent)
        if body[:1] not in {" ", "+", "-", "@"} or not line.startswith(indent):
            current = None
        else:
            current.append(body)
    return ["\n".join(lines) + "\n" for lines in found if any(at.startswith("@@ ") for at in lines)]


def changes(trace):
    """What a trace of a tool's system calls says it did to another process: stopped it, wrote to it."""
    done = []
    if re.search(r"\bPTRACE_(ATTACH|SEIZE|INTERRUPT)\b", trace):
        done.append("stops it for each look")
    if re.search(r"\bPTRACE_POKE|\bprocess_vm_writev\(|/proc/\d+/mem\", O_(RDWR|WRONLY)", trace):
        done.append("writes to its memory")
    return done
