//! The catalogue as a table, in `README.md` and `advisors/README.md`: each row is what the advisor's own
//! folder says and does.
//!
//! `UPDATE_EXPECT=1 cargo test -p advisors` writes it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{examine, literate};
use crate::words::thousands;
use crate::{CATALOGUE, Entry, Finding, GainRow, Python, Safety, Worth};

/// How an `explain.md` begins to say what must be seen in the process; up to the next empty line.
const NEEDS: &str = "\n\nNeeds to see: ";

/// The line in the page that the table follows.
const MARK: &str = "<!-- the table: written by UPDATE_EXPECT=1 cargo test -p advisors -->\n";

const PYTHON: Python = Python::new(3, 13);

/// Where it ends in a page that goes on.
const END: &str = "<!-- the end of the table -->\n";

/// Pairs that have kinds of the thing in the place of three sizes.
const KINDS: &[&str] = &[
    "commit-per-row",
    "contextmanager-in-loop",
    "deepcopy-hot",
    "hot-decorator",
    "isinstance-protocol",
    "ndarray-python-loop",
    "regex-in-loop",
];

#[test]
fn the_catalogues_pages_are_what_the_folders_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, links) in
        [(folder.join("README.md"), ""), (folder.join("../README.md"), "advisors/")]
    {
        // A published crate stands alone.
        let Ok(page) = std::fs::read_to_string(&path) else { continue };
        let (head, rest) = page.split_once(MARK).expect("the page has a mark");
        let after = rest.find(END).map_or("", |at| &rest[at..]);
        let written = [head, MARK, &table(links), after].concat();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, written).unwrap();
        } else {
            assert_eq!(page, written, "write it anew with UPDATE_EXPECT=1");
        }
    }
}

#[test]
fn pairs_with_few_sizes_are_those_with_kinds() {
    let sizes = |entry: &Entry| gain(entry).matches("x at").count();
    let few = CATALOGUE.iter().filter(|entry| (1..3).contains(&sizes(entry)));
    let few: BTreeSet<&str> = few.map(|entry| entry.id).collect();
    assert_eq!(few, KINDS.iter().copied().collect());
}

/// The table, with a line on what has fewer than three sizes; `links` is where the folders are.
fn table(links: &str) -> String {
    let header = "\n| advisor | needs to see | measured gain | fix |\n|---|---|---|---|\n";
    let rows: String = CATALOGUE.iter().map(|entry| row(entry, links)).collect();
    let kinds = KINDS.join(", ");
    format!("{header}{rows}\nWhat has no three sizes has kinds of the thing ({kinds}).\n")
}

fn row(entry: &Entry, links: &str) -> String {
    let (id, explain) = (entry.id, entry.explain);
    let rest = explain.split_once(NEEDS).map(|(_, rest)| rest);
    let needs = rest.and_then(|rest| rest.split_once(".\n\n")).map(|(needs, _)| needs);
    let needs = needs.unwrap_or_else(|| panic!("{id}/explain.md has no `Needs to see: ... .`"));
    let gain = gain(entry);
    format!(
        "| [{id}]({links}{id}/explain.md) | {} | {gain} | {} |\n",
        needs.replace('\n', " "),
        fixes(entry)
    )
}

/// What the pair measured at its smallest, middle and largest size, or what it is worth instead.
fn gain(entry: &Entry) -> String {
    let (_, findings) = examine(entry, entry.slow, PYTHON).unwrap();
    match findings[0].worth {
        Worth::Memory(_) => return "memory".to_owned(),
        Worth::Correctness => return "right results".to_owned(),
        Worth::Time(_) => {}
    }
    let measured = |row: &&GainRow| row.python == (PYTHON.major, PYTHON.minor);
    let rows: Vec<_> = entry.gains.rows.iter().filter(measured).collect();
    let three = [0, rows.len() / 2, rows.len().saturating_sub(1)];
    let told = BTreeSet::from(three).into_iter().filter_map(|index| rows.get(index)).map(|row| {
        let decimals = usize::from(row.ratio.value < 10.0);
        format!("{:.decimals$}x at {}", row.ratio.value, thousands(row.size))
    });
    told.collect::<Vec<_>>().join(", ")
}

/// The kinds of fix that its example and its cases got, the best first.
fn fixes(entry: &Entry) -> String {
    let snippets = literate::snippets(entry.cases).unwrap();
    let cases = snippets.iter().map(|snippet| (&*snippet.code, snippet.python()));
    let examples = std::iter::once((entry.slow, PYTHON)).chain(cases);
    let findings = examples.flat_map(|(code, python)| examine(entry, code, python).unwrap().1);
    let kinds: BTreeSet<_> = findings.map(|finding| kind(&finding)).collect();
    kinds.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>().join(", ")
}

fn kind(finding: &Finding) -> (u8, &'static str) {
    match finding.fix.as_ref().map(|fix| fix.safety) {
        Some(Safety::Safe) => (0, "safe"),
        Some(Safety::Unsafe) => (1, "shown"),
        None => (2, "words"),
    }
}
