//! Every kind of name, in frames that stand still, on every CPython found.

use advisors::Python;

use super::process::{Standing, pythons};
use super::told;
use crate::sample::Operand;
use crate::sample::operands::OperandReader;

const EXPECTED: &str = include_str!("expected.txt");

/// What a look at a scenario's frame must give, line by line.
fn expected(scenario: &str, python: Python) -> Vec<&'static str> {
    let header = format!("[{scenario}]");
    let (_, after) = EXPECTED.split_once(&header).expect("a scenario of expected.txt");
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

fn lines(operands: &[Operand]) -> Vec<String> {
    operands.iter().map(told).collect()
}

#[test]
fn every_kind_of_name_is_read_exactly() {
    let scenarios = EXPECTED.lines().filter(|line| line.starts_with('[')).count();
    for (python, executable) in pythons() {
        let mut standing = Standing::start(&executable, "frames.py");
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let expected = expected(&at.scenario, python);
            for look in ["first", "cached"] {
                let operands = reader.look(&memory, at.frame, at.code_address, &at.code);
                assert_eq!(
                    lines(&operands),
                    expected,
                    "{look} look at {} on {python}",
                    at.scenario
                );
                assert!(operands.iter().all(|o| (o.depth, o.weight) == (0, 1)));
            }
            standing.go_on();
        }
        assert_eq!(met, scenarios, "on {python}");
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
    for python in [(2, 7), (3, 6), (3, 10), (3, 14), (4, 11)] {
        assert!(OperandReader::new(Python::new(python.0, python.1)).is_none(), "{python:?}");
    }
}
