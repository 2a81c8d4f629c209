//! Every kind of name, in frames that stand still, on every CPython found.

use std::collections::BTreeMap;
use std::path::Path;

use advisors::Python;

use super::process::{Standing, pythons};
use super::told;
use crate::sample::Operand;
use crate::sample::layout::{Layout, PYTHON_3_12};
use crate::sample::operands::OperandReader;

const EXPECTED: &str = include_str!("expected.txt");

/// What a look at a scenario's frame must give, line by line, according to the text of a file.
pub(super) fn expected(text: &'static str, scenario: &str, python: Python) -> Vec<&'static str> {
    let header = format!("[{scenario}]");
    let (_, after) = text.split_once(&header).expect("a scenario that is expected");
    let lines = after.lines().skip(1).take_while(|line| !line.starts_with('['));
    let lines = lines.filter(|line| !line.is_empty());
    lines.filter_map(|line| line_for(line, python)).collect()
}

/// The line without the version that it may begin with; `None` when that version is a newer one.
fn line_for(line: &'static str, python: Python) -> Option<&'static str> {
    match line.strip_prefix("3.").and_then(|rest| rest.split_once(' ')) {
        Some((minor, line)) => {
            python.at_least(3, minor.parse().expect("a version")).then_some(line)
        }
        None => Some(line),
    }
}

pub(super) fn lines(operands: &[Operand]) -> Vec<String> {
    operands.iter().map(told).collect()
}

/// Looks twice at each frame at which a script stands.
pub(super) fn every_look_is_as_expected(
    python: Python,
    executable: &Path,
    script: &str,
    argument: Option<&Path>,
    text: &'static str,
) {
    let scenarios = text.lines().filter(|line| line.starts_with('[')).count();
    let mut standing = Standing::start_with(executable, script, argument);
    let memory = standing.memory();
    let mut reader = OperandReader::new(python).expect("a supported version");
    let mut met = 0;
    while let Some(at) = standing.next() {
        met += 1;
        let expected = expected(text, &at.scenario, python);
        for look in ["first", "cached"] {
            let operands = reader.look(&memory, at.frame, at.code_address, &at.code);
            let seen = lines(&operands);
            assert_eq!(seen, expected, "{look} look at {} on {python}", at.scenario);
            assert!(operands.iter().all(|o| (o.depth, o.weight) == (0, 1)));
        }
        standing.go_on();
    }
    assert_eq!(met, scenarios, "on {python}");
}

#[test]
fn every_kind_of_name_is_read_exactly() {
    for (python, executable) in pythons() {
        every_look_is_as_expected(python, &executable, "frames.py", None, EXPECTED);
    }
}

#[test]
fn a_frame_that_runs_other_code_gives_nothing() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "frames.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let first = standing.next().expect("a frame");
        standing.go_on();
        let second = standing.next().expect("a frame");
        let looks = [
            reader.look(&memory, second.frame, first.code_address, &first.code),
            reader.look(&memory, second.frame + 8, second.code_address, &second.code),
            reader.look(&memory, 0, second.code_address, &second.code),
            reader.look(&memory, second.frame, 0, &second.code),
        ];
        assert!(looks.iter().all(Vec::is_empty), "{looks:?} on {python}");
        assert!(!reader.look(&memory, second.frame, second.code_address, &second.code).is_empty());
    }
}

#[test]
fn a_process_that_ended_gives_nothing() {
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "frames.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let at = standing.next().expect("a frame");
        assert!(!reader.look(&memory, at.frame, at.code_address, &at.code).is_empty());
        drop(standing);
        assert!(reader.look(&memory, at.frame, at.code_address, &at.code).is_empty());
    }
}

#[test]
fn versions_of_unknown_layout_have_no_reader() {
    for python in [(2, 7), (3, 6), (3, 10), (3, 16), (4, 11)] {
        assert!(OperandReader::new(Python::new(python.0, python.1)).is_none(), "{python:?}");
    }
}

/// Where the walker says that things are decides whether there are looks at all.
#[test]
fn a_build_with_its_fields_elsewhere_has_no_reader() {
    const PYTHON: Python = Python::new(3, 12);
    let reads = |layout: Layout| OperandReader::of(PYTHON, &layout).is_some();
    assert!(reads(PYTHON_3_12));
    assert!(!reads(Layout { free_threaded: true, ..PYTHON_3_12 }));
    let (mut frame, mut text) = (PYTHON_3_12.frame, PYTHON_3_12.text);
    frame.header += 8;
    text.ascii_data += 8;
    assert!(!reads(Layout { frame, ..PYTHON_3_12 }));
    assert!(!reads(Layout { text, ..PYTHON_3_12 }));
}

/// What the names of `moving.py` are bound to at one time or another; element types may be absent.
const MOVING: &[&str] = &[
    "Shop: type",
    "sys: module",
    "time: module",
    "frame: frame",
    "shop: Shop",
    "number: int",
    "until: float",
    "kind: list 6 of NoneType, int, float, str, bytes, tuple",
    "kind: dict 2",
    "kind: set 7 of int",
    "kind: str 8",
    "kind: bytes 9",
    "kind: tuple 10 of int",
    "shop.rows: list 11 of int",
    "shop.rows: dict 1",
    "thing: Churn",
    "thing.rows: list 12 of Churn",
    "cell: str 13",
    "later: function",
];

/// Whether a look may have told that of `moving.py`.
fn was_ever_true(line: &str) -> bool {
    // A churned class is named Churn and some x.
    let plain = line.trim_end_matches('x');
    MOVING.iter().any(|known| *known == plain || known.split(" of ").next() == Some(plain))
}

/// An object that is freed and made anew at the same address between two reads can be seen half
/// made, here the dict of `shop.rows`, still empty: rare even in a loop that does nothing else.
#[test]
fn a_running_frame_is_read_right_or_not_at_all() {
    const LOOKS: usize = 3_000;
    const HALF_MADE: usize = LOOKS / 100;
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "moving.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let at = standing.next().expect("a frame");
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..LOOKS {
            for operand in reader.look(&memory, at.frame, at.code_address, &at.code) {
                *seen.entry(told(&operand)).or_default() += 1;
            }
        }
        let (known, wrong): (Vec<_>, Vec<_>) =
            seen.iter().partition(|(line, _)| was_ever_true(line));
        let times: usize = wrong.iter().map(|(_, times)| **times).sum();
        println!("{python}: {known:?}; wrong: {wrong:?}");
        assert!(times <= HALF_MADE, "{wrong:?} on {python}");
        for name in ["kind", "shop.rows", "thing", "thing.rows", "cell", "number"] {
            let looks: usize = known
                .iter()
                .filter(|(line, _)| line.split(':').next() == Some(name))
                .map(|(_, times)| **times)
                .sum();
            assert!(looks > LOOKS / 100, "{name} was seen {looks} times on {python}");
        }
    }
}
