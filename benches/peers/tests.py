"""`python3 -m unittest tests`, in this folder."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

from arithmetic import distance, median_interval, percent, ratio, slope, stopped
from costs import by_main_thread
from honesty import lies
from oracle import possible, truth
from table import Figure, Row, Table, show
from tools import UNSEEN, Result, folded, in_brackets, with_colons


class Arithmetic(unittest.TestCase):
    def test_interval_is_that_of_the_binomial(self):
        # Tables of the sign test: of 12 values the third and the tenth, of 6 the outermost.
        self.assertEqual(median_interval([*range(12, 0, -1)]), (3, 10))
        self.assertEqual(median_interval([*range(1, 7)]), (1, 6))
        self.assertEqual(median_interval([*range(1, 101)]), (40, 61))
        with self.assertRaises(ValueError):
            median_interval([1, 2, 3, 4, 5])

    def test_distance_is_of_shares(self):
        self.assertEqual(distance(Counter(a=1, b=1), Counter(a=10, b=10)), 0)
        self.assertEqual(distance(Counter(a=1), Counter(b=5)), 1)
        self.assertAlmostEqual(distance(Counter(a=3, b=1), Counter(a=1, c=1)), 0.5)
        with self.assertRaises(ValueError):
            distance(Counter(), Counter(a=1))

    def test_slope_is_not_bent_by_a_dip(self):
        self.assertEqual(slope([5, 5, 5, 1, 5, 5, 5]), 0)
        self.assertEqual(slope([10, 12, 0, 16, 18, 20, 22]), 2)

    def test_time_stopped_is_for_each_second_that_ran(self):
        # Alone 10 % is lost, sampled 60 %: half of the time, as long as it ran. Edges do not count.
        bins = [(1.0, 1.0, 0.1), (2.0, 1.0, 0.1), (3.5, 1.0, 0.9), (4.5, 1.0, 0.6), (6.0, 1.0, 0.9)]
        self.assertAlmostEqual(stopped(bins, 3.0, 5.5), 1.0)
        self.assertLess(stopped([(1.0, 1.0, 0.2), (3.0, 1.0, 0.1)], 1.5, 4.0), 0)
        with self.assertRaises(ValueError):
            stopped(bins, 3.0, 4.0)

    def test_words(self):
        self.assertEqual([ratio(value) for value in (0.75, 1 / 30, 0)], ["0.75x", "1/30", "0"])
        self.assertEqual(percent(0.0123, sign="+"), "+1.23 %")


class Formats(unittest.TestCase):
    def test_every_tool_names_function_and_line(self):
        module, flutter = ("<module>", 15), ("flutter", 12)
        cut = folded("flutter (/a b/c.py:12);<too fast to see> 3\n", in_brackets)
        self.assertEqual(cut, {(("flutter", 12), UNSEEN): 3})
        ours = folded("<module> (/a b/c.py:15);flutter (/a b/c.py:12:18-13:22) 7\n", in_brackets)
        austin = folded("# mode\nP1;T0:1;/a b/c.py:<module>:15;/a b/c.py:flutter:12 7", with_colons)
        tachyon = folded("tid:1;c.py:<module>:15;c.py:flutter:12;~:<GC>:0 7", with_colons)
        for stacks in (ours, austin, tachyon):
            self.assertEqual(stacks, {(module, flutter): 7})

    def test_reads_are_those_of_the_thread_that_sweeps(self):
        log = "10 process_vm_readv(0x1) = 8\n9 process_vm_readv(0x1 <unfinished ...>\n" \
              "9 process_vm_readv(0x1) = 8\n9 <... process_vm_readv resumed>) = 8\n9 +++ exited +++\n"
        self.assertEqual(by_main_thread(log), 2)

    def test_a_stack_without_frames_is_none(self):
        self.assertEqual(Result(0, 0, folded("P1;T0:1 3\n", with_colons)).count, 0)


class Oracle(unittest.TestCase):
    def stack(self, program, *names, leaf=None):
        """The names as they are called, from the lines that say so."""
        calls, lines = truth(program)
        line = {(caller, callee): at for (caller, at), callee in calls.items()}
        frames = [(name, line[name, callee]) for name, callee in zip(names, names[1:])]
        return (*frames, (names[-1], leaf or lines[names[-1]][-1]))

    def test_what_is_possible(self):
        for program in ("calls", "generators"):
            for names in (["<module>", "flutter", "hot_a", "leaf_a"], ["<module>", "flutter", "hot_b"]):
                self.assertTrue(possible(program, self.stack(program, *names)), (program, names))

    def test_what_is_not(self):
        whole = self.stack("calls", "<module>", "flutter", "hot_a", "leaf_a")
        module, (_, at), hot, leaf = whole
        lies = {"nothing": (), "no outer part": whole[1:], "another's leaf": (*whole[:3], ("leaf_b", 5)),
                "the other call's line": (module, ("flutter", at + 1), hot, leaf),
                "a line of no call": (module, ("flutter", at - 1), hot, leaf),
                "a caller's line that is unknown": (module, ("flutter", -1), hot, leaf),
                "a line of another function": (*whole[:3], ("leaf_a", 12))}
        for why, stack in lies.items():
            self.assertFalse(possible("calls", stack), why)
        self.assertTrue(possible("calls", (*whole[:3], ("leaf_a", -1))))

    def test_shares_are_of_stacks_with_frames(self):
        good = self.stack("calls", "<module>", "flutter")
        result = Result(0, 1, Counter({good: 3000, (("leaf_a", 4),): 1000, (): 5000}))
        share, cell = lies("calls", [result], 1)
        self.assertEqual((share, cell), (0.25, "25.00 % of 4,000 (60 % rejected or missed)"))


class Tables(unittest.TestCase):
    def row(self, text, date="2026-01-01"):
        words = {"machine": "M", "versions": "V", "effort": "E"}
        return Row([Figure(text, "1", reached=True)], date, [0.1, 0.2], words)

    def test_measured_again_and_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.md"
            Table(path).put("b", self.row("first b"), "ab")
            Table(path).put("a", self.row("only | a"), "ab")
            Table(path).put("b", self.row("second b", "2026-01-02"), "ab")
            lines = path.read_text().splitlines()
            self.assertEqual(sorted(p.name for p in Path(folder).iterdir()), ["table.json", "table.md"])
        self.assertIn("2026-01-01 to 2026-01-02", lines[0])
        self.assertEqual(lines[-2:], ["| only \\| a | 1 | | | | yes | 0.1 to 0.2 | 2026-01-01 |",
                                      "| second b | 1 | | | | yes | 0.1 to 0.2 | 2026-01-02 |"])

    def test_the_readme_shows_it(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            (folder / "benches").mkdir()
            readme, table = folder / "README.md", Table(folder / "benches/table.md")
            readme.write_text("# A\n\n<!-- table: benches/table.md -->\n\nold\n\n## B\n\nlast\n")
            table.put("a", self.row("a figure"), "ab")
            show(readme, table)
            show(readme, table)
            text = readme.read_text()
            self.assertEqual(text.count("a figure"), 1)
            self.assertTrue(text.endswith("|\n\n## B\n\nlast\n"), text)
            self.assertIn(f"benches/table.md -->\n\n{(folder / 'benches/table.md').read_text()}", text)

    def test_what_holds_back_is_told_where_something_is_not_reached(self):
        with tempfile.TemporaryDirectory() as folder:
            table = Table(Path(folder) / "table.md", {"a": "Why a.", "b": "Why b."})
            row = self.row("a figure")
            table.put("a", row, "ab")
            self.assertNotIn("Why", table.markdown())
            row.figures[0].reached = False
            self.assertTrue(table.markdown().endswith("- Why a.\n"))
            self.assertNotIn("Why b.", table.markdown())


if __name__ == "__main__":
    unittest.main()
