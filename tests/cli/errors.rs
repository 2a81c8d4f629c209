//! Whatever can go wrong is told in a transcript, or in a test where none can bring it about.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// What stands before the text of an error, of its cause, of what helps, or of a note.
const SAYERS: [&str; 8] = [
    "#[error(",
    "Failure::new(",
    "Corrupt(",
    "Foreign(",
    ".context(",
    ".because(",
    ".help(",
    ".note(",
];

/// The tests that have the text of errors of which no transcript can tell, and why none can.
const TESTS: [(&str, &str); 3] = [
    (
        "src/cli/failure.rs",
        "a process that ends just then, a CPython of another age, a library that fails, bad luck",
    ),
    ("src/profile/tests.rs", "a file in which one number of thousands is another"),
    ("tests/cli/refused.rs", "an older CPython, or rights and namespaces that only root can make"),
];

#[test]
fn every_error_is_told_in_a_transcript_or_a_test() {
    let transcripts = files(&repository("tests/cli"), "md");
    let transcripts = flat(&transcripts.iter().map(|path| read(path)).collect::<String>());
    let tests = TESTS.map(|(test, why)| (test, why, tests_of(&read(&repository(test)))));
    let texts = sources().into_iter().flat_map(|path| {
        let texts = said(&read(&path)).into_iter();
        texts.map(move |text| (path.clone(), text))
    });
    let unseen: Vec<_> = texts.filter(|(_, text)| !transcripts.contains(text)).collect();
    let is_tested = |text: &String| tests.iter().any(|(.., tests)| tests.contains(text));
    let untold = unseen.iter().filter(|(_, text)| !is_tested(text));
    let untold: Vec<_> = untold.map(|(path, text)| format!("{}: {text}", path.display())).collect();
    assert!(untold.is_empty(), "no transcript in tests/cli tells of\n{}", untold.join("\n"));
    for (test, why, tests) in tests {
        let is_needed = unseen.iter().any(|(_, text)| tests.contains(text));
        assert!(is_needed, "transcripts tell all that {test} does, of {why}");
    }
}

/// Where errors are made that reach a user.
fn sources() -> Vec<PathBuf> {
    let mut sources = files(&repository("src"), "rs");
    sources.push(repository("advisors/src/source/mod.rs"));
    sources.retain(|path| !path.to_string_lossy().contains("tests"));
    sources
}

/// The longest part of each text of an error that has no value in it.
fn said(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let follows = SAYERS.iter().flat_map(|sayer| code.split(sayer).skip(1));
    let literals = follows.filter_map(|rest| {
        let rest = rest.trim_start().trim_start_matches('&');
        let rest = rest.strip_prefix("format!(").unwrap_or(rest).trim_start();
        literal(rest.strip_prefix('"')?)
    });
    literals.map(|text| longest_part(&text)).filter(|part| !part.is_empty()).collect()
}

/// A string literal up to its closing quote, as it is printed.
fn literal(rest: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            // The line goes on, a quote or a backslash.
            '\\' => text.extend(characters.next().filter(|it| *it != '\n')),
            character => text.push(character),
        }
    }
}

fn longest_part(text: &str) -> String {
    let parts = text.split('{').enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once('}').map_or("", |(_, rest)| rest),
    });
    parts.map(flat).max_by_key(String::len).unwrap_or_default()
}

/// The texts in a file's tests.
fn tests_of(source: &str) -> String {
    let tests = source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(_, tests)| tests);
    flat(&tests.replace("\\n", " ").replace("\\\n", ""))
}

/// On one line, as where it was broken does not matter.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it is text")
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("readable"));
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.path()).partition(|path| path.is_dir());
    let within = folders.iter().flat_map(|folder| self::files(folder, ending));
    let fits = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == ending));
    fits.chain(within).collect()
}
