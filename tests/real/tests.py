"""`python3 -m unittest tests`, in this folder."""

import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "benches/peers")]

from case import Case, cases
from outcome import Outcome
from results import Results
from versions import clone
from work import Gain, Saying

CASE = Case("a-queue", "o/n", "0" * 40, "1" * 40, "pkg/queue.py", "Queue.take", "list-pop0", "a.py",
            expression="self.items.pop( 0 )")


def finding(advisor="list-pop0", path="/tmp/x/pkg/queue.py", function="Queue.take", line=3):
    gain = {"saved": 0.5, "saved_low": 0.4, "saved_high": 0.6}
    return {"advisor": advisor, "path": path, "function": function, "line": line, "end_line": line, "gain": gain}


class Judging(unittest.TestCase):
    def setUp(self):
        self.room = tempfile.TemporaryDirectory()
        self.addCleanup(self.room.cleanup)
        self.folder = Path(self.room.name)
        (self.folder / "pkg").mkdir()
        (self.folder / "pkg/queue.py").write_text("class Queue:\n  def take(self):\n    return self.items.pop(0)\n")

    def judged(self, before, after=(), case=CASE, samples=500):
        said = [Saying(list(found), samples, "3.13.0") for found in (before, after)]
        return Outcome(case, SimpleNamespace(checkout=self.folder), *said, Gain(0.5, 0.4, 0.6, (2.0, 1.0)))

    def test_first_before_and_silent_after(self):
        outcome = self.judged([finding(), finding("list-membership", function="other")])
        self.assertEqual((outcome.wrong, outcome.promised()), ("", "50% (40% to 60%)"))

    def test_another_place_first_is_wrong(self):
        self.assertIn("other", self.judged([finding(function="other"), finding()]).wrong)

    def test_another_advisor_or_line_or_file_is_wrong(self):
        for found in (finding("list-insert0"), finding(line=2), finding(path="/tmp/x/queue.py")):
            self.assertIn("before", self.judged([found]).wrong)

    def test_nothing_before_is_wrong(self):
        self.assertEqual(self.judged([]).wrong, "before, the first is nothing")

    def test_anything_there_after_is_wrong(self):
        self.assertIn("after", self.judged([finding()], [finding("memoize-pure-call")]).wrong)
        self.assertEqual(self.judged([finding()], [finding(function="Queue.taken")]).wrong, "")

    def test_what_is_true_as_well_may_be_said(self):
        case = replace(CASE, also=["eager-log-args"])
        after = [finding("eager-log-args", line=2)]
        self.assertEqual(self.judged([finding()], after, case).wrong, "")
        self.assertIn("after", self.judged([finding()], [finding()], case).wrong)

    def test_what_is_true_as_well_may_come_first(self):
        found = [finding("gc-pressure", function="other"), finding()]
        self.assertEqual(self.judged(found, case=replace(CASE, also=["gc-pressure"])).wrong, "")
        self.assertIn("gc-pressure", self.judged(found).wrong)

    def test_a_pitfall_promises_no_time(self):
        gain = {"saved": 0, "saved_low": 0, "saved_high": 0}
        self.assertEqual(self.judged([finding() | {"gain": gain}]).promised(), "nothing: a pitfall")

    def test_none_is_told_with_what_holds_it_back(self):
        case = replace(CASE, advisor="none", note="Only who wrote it knows.")
        row = self.judged([], case=case).row("true")
        self.assertEqual(row[1], "none: Only who wrote it knows.")

    def test_none_expects_silence(self):
        case = replace(CASE, advisor="none")
        self.assertEqual(self.judged([], case=case).wrong, "")
        self.assertIn("before", self.judged([finding()], case=case).wrong)

    def test_too_few_samples_are_wrong(self):
        self.assertIn("samples", self.judged([finding()], samples=20).wrong)


class Files(unittest.TestCase):
    def test_rows_are_kept_in_the_order_of_the_cases(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "RESULTS.md"
            Results(path, ["b", "a", "gone"]).put("gone", ["x"])
            results = Results(path, ["b", "a"])
            results.put("a", ["one | two"])
            results.put("b", [""])
            results.put("a", ["three"])
            rows = [row for row in path.read_text().splitlines() if row.startswith("| ")][1:]
            self.assertEqual(rows, ["| b | |", "| a | three |"])

    def test_a_clone_may_be_bare(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "o+n/repo/objects").mkdir(parents=True)
            self.assertEqual(clone("o/n", Path(folder)).name, "repo")

    def test_the_table_is_read(self):
        self.assertTrue(cases(HERE / "cases.toml"))


if __name__ == "__main__":
    unittest.main()
