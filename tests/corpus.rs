//! Well-kept public packages at work, read line by line: what is said of them is true, and no more is
//! said.
//!
//! The programs of `tests/corpus` are sampled on CPython 3.13 while they stand still for each look. A
//! finding that is not expected here is judged by hand: it is a bug, or it joins the list with what
//! was measured.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use support::packages::{corpus, needs, packages};
use support::recording::record_with;
use support::{Interpreter, interpreters, repository};

/// Works over and over for two seconds. What follows the file is the folder of the packages, which is
/// not named as one: what is in it is looked at as a program's own code is.
const DRIVER: &str = "
import runpy, sys, time
path = sys.argv[1]
sys.path[1:1] = sys.argv[2:]
work = runpy.run_path(path, run_name='corpus')['work']
work()
end = time.time() + 2
while time.time() < end:
    work()
";

/// Busy samples of a program below which its silence says nothing.
const MIN_SAMPLES: u64 = 150;

/// Programs sampled at a time.
const AT_A_TIME: usize = 2;

/// A finding that is known to be true, with what following it saved by hand: the median of 11 pairs of
/// runs. It is small, so that it is not there each time.
struct Known {
    program: &'static str,
    advisor: &'static str,
    /// The end of the file's path.
    file: &'static str,
}

const KNOWN: &[Known] = &[
    // A set of the 58 names in `is_block_level`: 3.5 %, of all pairs 0.7 to 8.9 %.
    Known { program: "markdown_page", advisor: "list-membership", file: "markdown/core.py" },
];

#[test]
fn only_what_is_true_is_said_of_well_kept_code() {
    let Some(python) = interpreters().iter().find(|python| python.version == (3, 13)) else {
        return println!("skipped: no CPython 3.13");
    };
    let Some(well_kept) = corpus(python.version) else { return };
    let programs = Mutex::new(programs().into_iter());
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some(program) = { programs.lock().expect("no panic").next() } {
            let text = fs::read_to_string(&program).expect("readable");
            let folder = match needs(&text) {
                // Not looked at as a program's own code is: most of it is not Python.
                Some(_) => packages(python.version),
                None => Some(well_kept.clone()),
            };
            let Some(folder) = folder else { continue };
            let found = judge(python, &program, &folder);
            wrong.lock().expect("no panic").extend(found);
        }
    };
    std::thread::scope(|scope| {
        (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work)));
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn programs() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("tests/corpus")).expect("the folder is there");
    let mut programs: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    programs.retain(|path| path.extension().is_some_and(|it| it == "py"));
    programs.sort();
    assert!(programs.len() >= 10, "the corpus is a dozen programs and more");
    programs
}

/// What is wrong with what is said of one program.
fn judge(python: &Interpreter, program: &Path, packages: &Path) -> Vec<String> {
    let paths = [program, packages].map(|path| path.to_str().expect("UTF-8"));
    let recording = record_with(&["--exact"], python, 200, &["-c", DRIVER, paths[0], paths[1]]);
    let name = program.file_stem().and_then(|name| name.to_str()).expect("UTF-8");
    let busy = recording.profile.busy_samples();
    println!("{name}: {busy} busy samples");
    let mut wrong = Vec::new();
    if busy < MIN_SAMPLES {
        wrong.push(format!("{name}: too few samples:\n{}", recording.report()));
    }
    for finding in recording.list() {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        let is_known = |it: &Known| {
            it.program == name && it.advisor == text("advisor") && text("path").ends_with(it.file)
        };
        println!("  {} {}:{}", text("advisor"), text("path"), finding["line"]);
        if !KNOWN.iter().any(is_known) {
            wrong.push(format!("{name}: not expected: {finding}"));
        }
    }
    wrong
}
