//! The table of real fixes is well formed, and its drivers are there. `tests/real/run` tries them.

mod support;

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use support::repository;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// What `tests/real/case.py` reads.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    repository: String,
    before: String,
    after: String,
    path: String,
    function: String,
    #[serde(default)]
    expression: String,
    advisor: String,
    #[serde(default = "default_python")]
    python: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    packages: Vec<String>,
    driver: String,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default = "default_clock")]
    clock: String,
    note: String,
}

fn default_python() -> String {
    "3.13".to_owned()
}

fn default_clock() -> String {
    "cpu".to_owned()
}

#[test]
fn cases_are_well_formed() {
    for case in cases() {
        let name = &case.name;
        let is_commit =
            |text: &str| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_commit(&case.before) && is_commit(&case.after), "{name}: commits are whole");
        assert_ne!(case.before, case.after, "{name}");
        assert_eq!(case.repository.split('/').count(), 2, "{name}: OWNER/NAME");
        assert!(
            case.path.ends_with(".py") && case.path.starts_with(&case.source),
            "{name}: {}",
            case.path
        );
        assert!(!case.function.is_empty() && !case.note.is_empty(), "{name}");
        assert!(matches!(case.clock.as_str(), "cpu" | "wall"), "{name}: {}", case.clock);
        assert!(case.python.split('.').all(|part| part.parse::<u32>().is_ok()), "{name}");
        assert!(case.packages.iter().all(|it| it.contains("==")), "{name}: packages are pinned");
        let is_advisor = |id: &String| advisors::find(id).is_some();
        let expects = is_advisor(&case.advisor);
        assert!(expects || case.advisor == "none", "{name}: {}", case.advisor);
        assert!(!expects || !case.expression.is_empty(), "{name}: a place has an expression");
        assert!(case.also.iter().all(is_advisor), "{name}: {:?}", case.also);
    }
    let names: BTreeSet<_> = cases().into_iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases().len(), "names differ");
}

#[test]
fn every_driver_is_there_and_used() {
    let used: BTreeSet<_> = cases().into_iter().map(|case| case.driver).collect();
    let entries = fs::read_dir(repository("tests/real/drivers")).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("readable").file_name().into_string());
    let there: BTreeSet<_> =
        names.map(|name| name.expect("UTF-8")).filter(|it| it.ends_with(".py")).collect();
    assert_eq!(used, there);
}

#[test]
fn every_driver_compiles() {
    let Some(python) = support::newest_with_columns() else { return };
    for case in cases() {
        let path = repository("tests/real/drivers").join(&case.driver);
        let compile = "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')";
        let output = python.command().args(["-c", compile]).arg(path).output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// How an outcome is judged, and how the results are kept.
#[test]
fn outcomes_are_judged_rightly() {
    let Some(python) = support::newest_with_columns() else { return };
    let mut tests = python.command();
    tests.args(["-B", "-m", "unittest", "tests"]).current_dir(repository("tests/real"));
    let output = tests.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What RESULTS.md tells is of cases that there are, and of all of them.
#[test]
fn every_case_has_its_result() {
    let results = fs::read_to_string(repository("tests/real/RESULTS.md")).expect("it is there");
    let rows = results.lines().filter(|line| line.starts_with("| "));
    let told: BTreeSet<_> = rows
        .skip(1)
        .filter_map(|row| row.split(" | ").next())
        .map(|it| it[2..].to_owned())
        .collect();
    assert_eq!(told, cases().into_iter().map(|case| case.name).collect());
}

fn cases() -> Vec<Case> {
    let text = fs::read_to_string(repository("tests/real/cases.toml")).expect("it is there");
    let cases: Cases = toml::from_str(&text).expect("every key is known");
    cases.case
}
