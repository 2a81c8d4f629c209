"""`python3 -m unittest tests`, in this folder."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "peers")]

import reading
from answers import QUESTIONS, looks_like
from catalogue import TOOLS
from reading import Place, place
from results import Results, markdown
from running import EXPECTED, SAMPLE

SOURCE = "def add():\n    x = 1\n    y = 2\n\n\ndef scan():\n    z = 3\n"
EXPECT = '[[planted]]\nline = 2\nfunction = "Report.add"\n\n[[planted]]\nline = 7\nfunction = "scan"\n'
ADD = Place("slow.py", "add", 2)


class Readers(unittest.TestCase):
    def test_py_spy(self):
        text = "main (/a b/slow.py:9);Report.add (/a b/slow.py:2) 7\nmain (slow.py:9);free (libc.so.6) 3\n"
        self.assertEqual(reading.folded(text), {ADD: 7})

    def test_austin_has_columns_where_the_frame_has(self):
        text = '["/a/slow.py", "Report.add", 2, 5, 9, 100]\n["/a/slow.py", "add", 2, 0, 0, 11]\n'
        self.assertEqual(reading.austin(text), {Place("slow.py", "add", 2, (5, 9)): 100, ADD: 11})

    def test_tachyon(self):
        records = [{"type": "string_table", "strings": [{"str_id": 4, "value": "Report.add"},
                                                        {"str_id": 7, "value": "/a/slow.py"}]},
                   {"type": "frame_table", "frames": [{"frame_id": 1, "path_str_id": 7, "func_str_id": 4,
                                                       "line": 2, "col": 4, "end_col": 9}]},
                   {"type": "agg", "entries": [{"frame_id": 1, "self": 6, "cumulative": 9}]}, {"type": "end"}]
        text = "\n".join(map(json.dumps, records))
        self.assertEqual(reading.tachyon(text), {Place("slow.py", "add", 2, (4, 9)): 6})

    def test_scalene_adds_python_native_and_system(self):
        line = {"lineno": 2, "n_cpu_percent_python": 1.0, "n_cpu_percent_c": 20.0, "n_sys_percent": 0.5}
        text = json.dumps({"files": {"/a/slow.py": {"lines": [line]}}})
        self.assertEqual(reading.scalene(text), {Place("slow.py", "", 2): 21.5})

    def test_memray(self):
        entries = [{"location": "add:/a/slow.py:2", "size": 10}, {"location": "<unknown>", "size": 99}]
        self.assertEqual(reading.memray(json.dumps({"top_allocations_by_size": entries})), {ADD: 10})

    def test_pyinstrument_gives_built_in_functions_to_their_caller(self):
        def frame(function, path, line, time, *children):
            return {"function": function, "file_path": path, "line_no": line, "time": time,
                    "children": children}

        tree = frame("main", "/a/slow.py", 6, 10, frame("add", "/a/slow.py", 1, 7,
                     frame("abs", "<built-in>", 0, 3), frame("[self]", "", 0, 4)))
        self.assertEqual(reading.pyinstrument(json.dumps({"root_frame": tree})),
                         {place("slow.py", "main", 6): 3, place("slow.py", "add", 1): 7})

    def test_unslow(self):
        finding = {"path": "/a/slow.py", "function": "Report.add", "line": 2, "column": 4,
                   "end_column": 9, "share": 0.3}
        self.assertEqual(reading.unslow(json.dumps({"findings": [finding]})),
                         {Place("slow.py", "add", 2, (4, 9)): 0.3})


class Questions(unittest.TestCase):
    def test_finest(self):
        def finest(*places):
            return reading.finest(dict.fromkeys(places, 1), SOURCE)

        self.assertEqual(finest(ADD, Place("slow.py", "add", 2, (0, 4))), "expression")
        self.assertEqual(finest(ADD, Place("other.py", "add", 2, (0, 4))), "line")
        self.assertEqual(finest(Place("slow.py", "add", 1), Place("slow.py", "scan", 6)), "function")

    def test_planted_places_among_the_first(self):
        plants = reading.planted(EXPECT)
        self.assertEqual(plants, {2: "add", 7: "scan"})
        weights = {ADD: 1, Place("slow.py", "", 3): 9, Place("slow.py", "scan", 7): 5,
                   Place("other.py", "f", 7): 8}
        self.assertEqual(reading.among_first(weights, plants, SOURCE), (1, 2))
        self.assertEqual(reading.among_first(weights, plants, SOURCE, first=1), (0, 1))
        self.assertEqual(reading.among_first({}, plants, SOURCE), (0, 0))

    def test_the_sample_is_what_it_is_taken_for(self):
        source = SAMPLE.read_text().splitlines()
        plants = reading.planted(EXPECTED.read_text())
        self.assertEqual(len(plants), 3)
        self.assertTrue(any("order_id in seen" in source[line - 1] for line in plants))

    def test_types_seen(self):
        typed = reading.types_seen("1  46 %   list-membership  slow.py:94   seen: list of 6,021  42-50 %")
        self.assertEqual(typed, ("seen: list of 6,021", None))
        self.assertEqual(reading.types_seen("x COMPARE_OP_INT y"), (None, "COMPARE_OP_INT"))
        self.assertEqual(reading.types_seen("add (slow.py:138) CONTAINS_OP 37 %"), (None, None))

    def test_diffs_are_taken_out_of_a_report(self):
        text = ("Saves\n\n   --- a/slow.py\n   +++ b/slow.py\n   @@ -1,2 +1,2 @@\n    def add():\n"
                "   -    x = 1\n   +    x = 2\n\n   unslow explain x\n--- no diff\n")
        [diff] = reading.diffs(text)
        self.assertEqual(diff, "--- a/slow.py\n+++ b/slow.py\n@@ -1,2 +1,2 @@\n def add():\n-    x = 1\n"
                               "+    x = 2\n")
        self.assertEqual(reading.diffs("add  37 %\n--- \n"), [])

    def test_changes(self):
        self.assertEqual(reading.changes('1 ptrace(PTRACE_SEIZE, 7) = 0\n'), ["stops it for each look"])
        self.assertEqual(reading.changes("1 process_vm_writev(7, [], 1) = 8\n"), ["writes to its memory"])
        self.assertEqual(reading.changes('1 openat(AT_FDCWD, "/proc/7/mem", O_RDONLY) = 3\n'), [])

    def test_formats_are_looked_into(self):
        self.assertTrue(looks_like("HTML heat map", b"<!DOCTYPE html>\n<html>"))
        self.assertFalse(looks_like("SVG", b"<html>"))
        self.assertFalse(looks_like("pprof", b""))
        with self.assertRaises(ValueError):
            looks_like("speedscope", b"no JSON")


class Table(unittest.TestCase):
    def test_what_was_not_run_says_so(self):
        about = {"date": "2026-01-01", "machine": "M", "version": "1", "load": 0.5}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "R.md"
            Results(path).put("unslow", "place", "expression", about)
            Results(path).put("py-spy", "place", "line", {**about, "load": 2.5})
            text = path.read_text()
        self.assertIn("| finest place it names | expression | line | not run |", text)
        self.assertIn("over a minute: 0.5 to 2.5", text)

    def test_what_is_shown_is_what_was_found_out(self):
        kept = json.loads((HERE / "RESULTS.json").read_text())
        self.assertEqual((HERE / "RESULTS.md").read_text(), markdown(kept))
        self.assertEqual(set(kept), {tool.name for tool in TOOLS})
        for cells in kept.values():
            self.assertLessEqual(set(cells), set(QUESTIONS))


if __name__ == "__main__":
    unittest.main()
