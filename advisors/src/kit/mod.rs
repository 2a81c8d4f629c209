//! Runs every advisor's folder without a process: the marks in its snippets stand for heat and
//! evidence, and what it says is compared with what stands beside them.
//!
//! `UPDATE_EXPECT=1 cargo test -p advisors` writes what is said into `cases.md`.

mod charged;
#[path = "../../../tests/support/fixed.rs"]
mod fixed;
mod literate;
mod live;
mod never;
#[path = "../../../tests/support/packages.rs"]
mod packages;
#[allow(unreachable_pub, reason = "shared with the live tests")]
#[path = "../../../tests/support/pays.rs"]
mod pays;
mod render;
mod survival;
mod table;
mod worth;

use std::path::PathBuf;

use crate::{Bytes, CATALOGUE, Entry, Finding, Fix, Python, Safety, Source, Worth, marks};
use literate::Snippet;
use pays::pays_from;
use render::{diff, rendered};

/// Sections that every explain page has, in this order.
const SECTIONS: [&str; 6] =
    ["What", "Why", "When it does not pay", "Known limits", "Fix safety", "Further reading"];

/// Snippets that must stay silent, at the least, in every `cases.md`.
const MIN_SILENT: usize = 6;

fn examine(entry: &Entry, text: &str, python: Python) -> Result<(Source, Vec<Finding>), String> {
    let source = Source::parse(text.as_bytes()).map_err(|error| error.to_string())?;
    let findings = marks::findings(entry, &source, python).map_err(|error| error.to_string())?;
    for finding in &findings {
        check(finding)?;
    }
    Ok((source, findings))
}

/// What must hold of every finding whatever its advisor.
fn check(finding: &Finding) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{}: {what}", finding.title));
    let gain = match finding.worth {
        Worth::Time(gain) => gain,
        Worth::Memory(Bytes { value, low, high })
            if low <= value && high.is_none_or(|high| value <= high) =>
        {
            return check_fix(finding);
        }
        Worth::Memory(_) => return wrong("the memory saved is not within its interval"),
        Worth::Correctness => return check_fix(finding),
    };
    if !(0.0 <= gain.saved_low && gain.saved_low <= gain.saved && gain.saved <= gain.saved_high) {
        return wrong("the gain is not within its interval");
    }
    if gain.saved > finding.heat.share || gain.saved_high > finding.heat.share_high {
        return wrong("the gain is above the share");
    }
    check_fix(finding)
}

fn check_fix(finding: &Finding) -> Result<(), String> {
    match &finding.fix {
        Some(fix) if fix.safety == Safety::Unsafe && fix.note.is_none() => {
            Err(format!("{}: an unsafe fix must say what to check", finding.title))
        }
        _ => Ok(()),
    }
}

fn folder(entry: &Entry) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(entry.id)
}

fn run_snippet(entry: &Entry, snippet: &Snippet) -> Result<String, String> {
    let (source, findings) = examine(entry, &snippet.code, snippet.python())?;
    findings.iter().map(|finding| rendered(&source, finding)).collect()
}

#[test]
fn advisors_say_what_their_cases_expect() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = String::new();
    for entry in CATALOGUE {
        let path = folder(entry).join("cases.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut expected = literate::snippets(&text).unwrap();
        for snippet in &mut expected {
            let at = format!("{}:{} {}", path.display(), snippet.line, snippet.heading);
            let said = match run_snippet(entry, snippet) {
                Ok(said) => said,
                Err(error) => {
                    failures.push_str(&format!("{at}: {error}\n"));
                    continue;
                }
            };
            if snippet.silent && !said.is_empty() {
                failures.push_str(&format!("{at}: must stay silent, says\n{said}\n"));
            } else if !snippet.silent && said.is_empty() {
                failures.push_str(&format!("{at}: must speak, is silent\n"));
            } else if !snippet.silent && said != snippet.expected && !update {
                let difference = diff(&snippet.expected, &said);
                failures.push_str(&format!("{at}: differs (- expected, + said)\n{difference}\n"));
            }
            snippet.expected = said;
        }
        if update {
            std::fs::write(&path, literate::updated(&text, &expected)).unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn advisors_keep_the_conventions() {
    for entry in CATALOGUE {
        let snippets = literate::snippets(entry.cases).unwrap();
        let silent = snippets.iter().filter(|snippet| snippet.silent).count();
        assert!(silent >= MIN_SILENT, "{}: {silent} silent snippets", entry.id);
        let speaking = snippets.len() - silent;
        assert!(speaking > 0, "{}: no snippet speaks", entry.id);
        assert!(silent > speaking, "{}: {silent} silent, {speaking} speaking", entry.id);
        let sections: Vec<&str> =
            entry.explain.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{}/explain.md", entry.id);
        assert!(!entry.title.is_empty(), "{}: no title", entry.id);
    }
}

#[test]
fn slow_speaks_and_fast_is_silent() {
    for entry in CATALOGUE {
        let newest = Python::new(3, 13);
        let (source, findings) = examine(entry, entry.slow, newest).unwrap();
        assert!(!findings.is_empty(), "{}/slow.py: nothing found", entry.id);
        let fixed = Fix::of_all(&findings).apply(&source);
        assert!(fixed.is_ok(), "{}/slow.py: {fixed:?}", entry.id);
        let fast = Source::parse(entry.fast.as_bytes()).unwrap();
        let marks = marks::read(&fast, newest).unwrap();
        let marked = !marks.hotspots.is_empty() || marks.pool.is_some();
        assert!(marked, "{}/fast.py: no mark", entry.id);
        let (source, findings) = examine(entry, entry.fast, newest).unwrap();
        let said: Vec<_> = findings.iter().map(|finding| rendered(&source, finding)).collect();
        assert!(said.is_empty(), "{}/fast.py: {said:?}", entry.id);
    }
}

#[test]
fn slow_speaks_on_the_versions_that_it_pays_on() {
    for entry in CATALOGUE {
        let from = pays_from(entry.slow);
        for python in (8..=15).map(|minor| Python::new(3, minor)) {
            let pays = from.is_none_or(|(major, minor)| python.at_least(major, minor));
            // Without columns and operands some have nothing to stand on.
            if pays && !python.at_least(3, 11) {
                continue;
            }
            let (_, findings) = examine(entry, entry.slow, python).unwrap();
            assert_eq!(!findings.is_empty(), pays, "{}/slow.py on {python}", entry.id);
        }
    }
}

/// A snippet of `cases.md` in which one list is tested on two lines, hot for 30 and 20 %.
#[test]
fn what_is_about_two_lines_is_marked_with_the_share_of_the_first() {
    let entry = crate::find("list-membership").unwrap();
    let (_, text) = entry.cases.split_once("## Two tests of one list in one function").unwrap();
    let snippet = text.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    for python in [Python::new(3, 13), Python::new(3, 10)] {
        let (_, findings) = examine(entry, snippet, python).unwrap();
        let [finding] = &findings[..] else { panic!("{python}: {findings:?}") };
        let heat = finding.heat;
        assert!((heat.share - 0.5).abs() < 0.01, "{python}: {heat:?}");
        assert!((heat.share_here - 0.3).abs() < 0.01, "{python}: {heat:?}");
    }
}

#[test]
fn ids_are_sorted_and_found() {
    assert!(CATALOGUE.is_sorted_by_key(|entry| entry.id));
    for entry in CATALOGUE {
        assert_eq!(crate::find(entry.id).map(|found| found.id), Some(entry.id));
    }
    assert!(crate::find("no-such-advisor").is_none());
}
