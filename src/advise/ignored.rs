//! `# unslow: ignore[list-membership] reason`: findings that the source itself asks not to be told.

use std::ops::RangeInclusive;

use advisors::Source;
use advisors::shape::Tree;

use super::Finding;
use crate::locate::File;
use crate::rules;
use crate::text::Untrusted;

/// What begins such a comment, after its `#`.
const MARK: &str = "unslow:";

/// What such a comment asks for.
const IGNORE: &str = "ignore";

/// A finding that the source asks not to be told.
#[derive(Debug, Clone)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// The reason that stands behind the brackets; empty when there is none.
    pub reason: Untrusted,
}

/// The comments of one file that are for us.
#[derive(Debug, Default)]
pub(super) struct Comments {
    ignores: Vec<Ignore>,
    /// What is wrong with some of them.
    pub(super) mistakes: Vec<Untrusted>,
}

#[derive(Debug)]
struct Ignore {
    advisors: Vec<&'static str>,
    reason: String,
    /// Where it stands.
    at: u32,
    /// What it is about.
    lines: RangeInclusive<u32>,
}

impl Ignore {
    fn fits(&self, advisor: &str, lines: &RangeInclusive<u32>) -> bool {
        let meets = self.lines.start() <= lines.end() && lines.start() <= self.lines.end();
        meets && self.advisors.contains(&advisor)
    }
}

impl Comments {
    /// Reads the comments of a file. One that stands alone on its line is about the next line of code;
    /// where a statement begins on that line, about all of it, or of its head where others are in it.
    pub(super) fn of(file: &File, tree: &Tree<'_>) -> Self {
        let source = &file.source;
        let mut comments = Self::default();
        for range in source.comments() {
            let Some(order) = order(source.slice(range)) else { continue };
            let (line, column) = source.line_and_column(range.start());
            match names_and_reason(order) {
                Ok((advisors, reason)) => comments.ignores.push(Ignore {
                    advisors,
                    reason: reason.to_owned(),
                    at: line,
                    lines: about(tree, subject(source, line, column)),
                }),
                Err(mistake) => comments
                    .mistakes
                    .push(Untrusted::new(format!("{}:{line}: {mistake}", file.name.data()))),
            }
        }
        comments
    }

    /// The reason for which a finding of the advisor on these lines is not to be told.
    pub(super) fn reason(&self, advisor: &str, lines: RangeInclusive<u32>) -> Option<Untrusted> {
        let mut fitting = self.ignores.iter().filter(|it| it.fits(advisor, &lines));
        fitting.next().map(|it| Untrusted::new(it.reason.as_str()))
    }

    /// The lines of the comments that none of the findings is the reason of.
    pub(super) fn idle<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding> + Clone,
    ) -> impl Iterator<Item = u32> {
        let is_idle = move |ignore: &&Ignore| {
            !findings
                .clone()
                .any(|it| ignore.fits(it.advisor, &(it.place.line..=it.place.end_line)))
        };
        self.ignores.iter().filter(is_idle).map(|ignore| ignore.at)
    }
}

/// What is meant for us in a comment, which may stand behind another one: what begins with the mark;
/// in capitals, where it asks to ignore, since it may also be a sentence about us.
fn order(comment: &str) -> Option<&str> {
    comment.split('#').map(str::trim).find(|part| {
        let marked = part.split_at_checked(MARK.len());
        marked.is_some_and(|(mark, rest)| {
            let asked = rest.trim_start().split_at_checked(IGNORE.len());
            mark == MARK
                || mark.eq_ignore_ascii_case(MARK)
                    && asked.is_some_and(|(verb, _)| verb.eq_ignore_ascii_case(IGNORE))
        })
    })
}

/// `unslow: ignore[a, b] reason`
fn names_and_reason(order: &str) -> Result<(Vec<&'static str>, &str), String> {
    let verb = order.strip_prefix(MARK).map(str::trim_start);
    let bracketed = verb.and_then(|it| it.strip_prefix(IGNORE)).map(str::trim_start);
    let split = bracketed.and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
    let (names, reason) =
        split.ok_or("not understood; write \"unslow: ignore[list-membership] reason\"")?;
    let known = names.split(',').map(|name| rules::advisor(name.trim()));
    let known: Result<Vec<_>, _> = known.collect();
    Ok((known.map_err(|unknown| unknown.to_string())?, reason.trim()))
}

/// The lines that a comment is about which is about what begins on a line.
fn about(tree: &Tree<'_>, line: u32) -> RangeInclusive<u32> {
    line..=tree.heads().get(&line).copied().unwrap_or(line)
}

/// The line that a comment is about.
fn subject(source: &Source, line: u32, column: u32) -> u32 {
    let text = |line| source.line_range(line).map(|range| source.slice(range).trim());
    let stands_alone = source
        .line_range(line)
        .is_some_and(|range| source.slice(range)[..column as usize].trim().is_empty());
    if !stands_alone {
        return line;
    }
    let is_code = |&line: &u32| text(line).is_none_or(|it| !it.is_empty() && !it.starts_with('#'));
    (line + 1..).find(is_code).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::SourceSeen;

    fn comments(text: &str) -> Comments {
        let file = File {
            name: Untrusted::new("etl.py"),
            source: Source::parse(text.as_bytes()).expect("parses"),
            hotspots: Vec::new(),
            seen: SourceSeen {
                file: Untrusted::new("etl.py"),
                bytes: 0,
                checksum: 0,
                expressions: Vec::new(),
            },
        };
        Comments::of(&file, &Tree::of(&file.source))
    }

    fn reason(comments: &Comments, advisor: &str, line: u32) -> Option<String> {
        comments.reason(advisor, line..=line).map(|it| it.terminal())
    }

    #[test]
    fn a_comment_is_about_its_line_or_the_next_code() {
        let found = comments(
            "x = 1 in y  # noqa # unslow: ignore[list-membership, list-pop0] three at most\n\
             # unslow: ignore[float-equality]\n\n# more\nz = x == 0.1\nw = '# unslow: ignore[x]'\n",
        );
        let three = Some("three at most".to_owned());
        assert_eq!(reason(&found, "list-membership", 1), three);
        assert_eq!(reason(&found, "list-pop0", 1), three);
        assert_eq!(reason(&found, "float-equality", 1), None);
        assert_eq!(reason(&found, "list-pop0", 5), None);
        assert_eq!(reason(&found, "float-equality", 5), Some(String::new()));
        assert!(found.reason("float-equality", 3..=6).is_some(), "one of the expression's lines");
        assert!(found.mistakes.is_empty(), "{:?}", found.mistakes);
    }

    #[test]
    fn a_comment_at_the_first_line_of_a_statement_or_above_it_is_about_all_of_it() {
        let found = comments(
            "# unslow: ignore[list-membership]\nx = f(\n    1 in y,\n)\n\
             z = g(  # unslow: ignore[list-pop0]\n    a.pop(0),  # more\n)\n\
             if (  # unslow: ignore[float-equality]\n    a == 0.1\n):\n    b = a == 0.2\n\
             w = h(\n    1 in y,  # unslow: ignore[list-membership]\n    2 in y,\n)\n",
        );
        let lines = |advisor: &str| -> Vec<u32> {
            (1..=15).filter(|&line| reason(&found, advisor, line).is_some()).collect()
        };
        assert_eq!(lines("list-membership"), [2, 3, 4, 13], "and in the middle, of that line");
        assert_eq!(lines("list-pop0"), [5, 6, 7]);
        assert_eq!(lines("float-equality"), [8, 9, 10], "not of what is in it");
        assert!(found.mistakes.is_empty(), "{:?}", found.mistakes);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let found = comments(
            "x = 1  # unslow: ignore[list-memebrship]\ny = 2  # unslow: ignore\n\
             z = 3  # Unslow: Ignore[list-membership]\n# Unslow: it is the profiler\n",
        );
        let said: Vec<String> = found.mistakes.iter().map(Untrusted::terminal).collect();
        assert_eq!(
            said,
            [
                "etl.py:1: there is no advisor \"list-memebrship\"; did you mean list-membership?",
                "etl.py:2: not understood; write \"unslow: ignore[list-membership] reason\"",
                "etl.py:3: not understood; write \"unslow: ignore[list-membership] reason\"",
            ]
        );
        assert_eq!(reason(&found, "list-membership", 1), None);
    }
}
