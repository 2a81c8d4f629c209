//! The samples, really sampled on every CPython found: the twins print the same, the planted
//! expressions are hot on their exact columns, and the findings are the expected ones, in order.

mod support;

use std::fs;
use std::path::Path;

use serde::Deserialize;
use support::recording::{Recording, record};
use support::{Interpreter, interpreters, repository};
use unslow::profile::Location;

/// `expected.toml` of a sample.
#[derive(Debug, Deserialize)]
struct Expected {
    findings: Vec<String>,
    planted: Vec<Planted>,
}

#[derive(Debug, Deserialize)]
struct Planted {
    advisor: String,
    function: String,
    line: u32,
    column: u32,
    end_column: u32,
    expression: String,
}

#[test]
fn orders_etl() {
    check("orders_etl");
}

#[test]
fn log_sessions() {
    check("log_sessions");
}

#[test]
fn pool_report() {
    check("pool_report");
}

fn check(sample: &str) {
    let folder = repository("samples").join(sample);
    let text = fs::read_to_string(folder.join("expected.toml")).expect("a list of expectations");
    let expected: Expected = toml::from_str(&text).expect("expectations parse");
    check_places(&folder, &expected);
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
    if sample == "pool_report" && processors > 4 {
        println!("skipped: 32 workers are no crowd on {processors} processors");
        return;
    }
    for python in interpreters() {
        if !python.has_columns() {
            println!("skipped: {sample} on {:?}: it has lines only", python.version);
            continue;
        }
        println!("{sample} on {:?}", python.version);
        let slow = folder.join("slow.py");
        let recording = record(python, 200, &[slow.to_str().expect("UTF-8")]);
        check_output(&recording, python, &folder);
        check_findings(&recording, &expected);
        for planted in &expected.planted {
            check_finding(&recording, planted);
            check_columns(&recording, planted);
        }
    }
}

/// The expectations name what stands in the file.
fn check_places(folder: &Path, expected: &Expected) {
    let source = fs::read_to_string(folder.join("slow.py")).expect("a sample");
    for planted in &expected.planted {
        let line = source.lines().nth(planted.line as usize - 1).expect("a line");
        assert_eq!(&line[planted.column as usize..planted.end_column as usize], planted.expression);
    }
}

/// The refactored twin prints what the program printed under unslow.
fn check_output(recording: &Recording, python: &Interpreter, folder: &Path) {
    let fast = python.command().arg(folder.join("fast.py")).output().expect("the twin runs");
    assert!(fast.status.success(), "{}", String::from_utf8_lossy(&fast.stderr));
    assert_eq!(
        String::from_utf8_lossy(&recording.output.stdout),
        String::from_utf8_lossy(&fast.stdout)
    );
}

/// The expected advisors speak and no other, best first. Which of two is best may change with the
/// machine: what a copy costs beside a call is the memory's matter.
fn check_findings(recording: &Recording, expected: &Expected) {
    let (mut found, mut findings) = (recording.advisors(), expected.findings.clone());
    found.sort_unstable();
    findings.sort_unstable();
    assert_eq!(found, findings, "{}", recording.report());
    let saved = |finding: &serde_json::Value| finding["gain"]["saved"].as_f64().expect("a number");
    assert!(recording.list().is_sorted_by(|a, b| saved(a) >= saved(b)), "{}", recording.report());
}

fn check_finding(recording: &Recording, planted: &Planted) {
    let finding = recording
        .list()
        .iter()
        .find(|finding| finding["advisor"] == planted.advisor.as_str())
        .expect("the advisor spoke");
    assert_eq!(finding["line"], planted.line, "{finding}");
    assert_eq!(finding["column"], planted.column, "{finding}");
    assert_eq!(finding["end_column"], planted.end_column, "{finding}");
    assert_eq!(finding["snippet"], planted.expression.as_str(), "{finding}");
    let gain = |key: &str| finding["gain"][key].as_f64().expect("a number");
    assert!(gain("speedup") > 1.0 && gain("low") <= gain("high"), "{finding}");
}

/// At least nine tenths of the samples on the planted line stand on the columns of the expression,
/// which is alone on its line but for what takes its value.
fn check_columns(recording: &Recording, planted: &Planted) {
    let profile = &recording.profile;
    let (mut on_line, mut within) = (0, 0);
    for count in profile.counts.iter().filter(|count| count.state.is_busy()) {
        let Some(leaf) = profile.frames(count.stack).next() else { continue };
        if !stands_on_line(leaf, planted) {
            continue;
        }
        let (start, end) = leaf.place.columns.expect("columns are known");
        on_line += count.samples;
        if planted.column <= start && end <= planted.end_column {
            within += count.samples;
        }
    }
    println!("  {}: {within} of {on_line} samples on its columns", planted.expression);
    if planted.advisor == "pool-sizing" {
        println!("  (the parent waits there: not hot by itself)");
        return;
    }
    assert!(on_line >= 20, "too few samples to say: {on_line}");
    assert!(within * 10 >= on_line * 9, "{planted:?}: {within} of {on_line}");
}

fn stands_on_line(location: &Location, planted: &Planted) -> bool {
    let function = location.code.name.data();
    let file = location.code.file.data();
    file.ends_with("slow.py") && function == planted.function && location.place.line == planted.line
}
