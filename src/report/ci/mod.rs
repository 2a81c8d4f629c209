//! Findings for what runs in CI: code scanning, test reports, annotations and summaries.

pub(super) mod annotations;
pub(super) mod junit;
pub(super) mod markdown;
pub(super) mod sarif;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::{Input, sentences};
use crate::advise::Finding;
use crate::profile::Target;
use crate::text::Untrusted;

/// A place as an editor has it: lines and columns from 1, columns in characters, the last one that of
/// the character behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Region {
    start: (u32, Option<u32>),
    end: (u32, Option<u32>),
}

impl Region {
    fn of(finding: &Finding) -> Self {
        let place = finding.place;
        let column = |line, byte: fn((u32, u32)) -> u32| {
            place.columns.and_then(|columns| column(finding.source.data(), line, byte(columns)))
        };
        let end_line = place.end_line.max(place.line);
        Self {
            start: (place.line, column(place.line, |(start, _)| start)),
            end: (end_line, column(end_line, |(_, end)| end)),
        }
    }
}

/// The column of a byte of a line, from 1 in characters; `None` when there is no such character.
fn column(source: &str, line: u32, byte: u32) -> Option<u32> {
    let line = source.lines().nth((line as usize).checked_sub(1)?)?;
    let before = line.get(..byte as usize)?;
    u32::try_from(before.chars().count() + 1).ok()
}

/// A file from the root of the repository on, as those who show findings have it; of a program in none,
/// from its working directory on.
fn path<'a>(target: &Target, file: &'a Untrusted) -> Cow<'a, str> {
    let name = file.data();
    match target.in_repository(name) {
        Some(inside) => Cow::Owned(inside),
        None => Cow::Borrowed(target.below_base(name).unwrap_or(name)),
    }
}

/// Why, what it is worth and what to check, a sentence each; safe for a terminal.
fn details(finding: &Finding, input: &Input<'_>) -> Vec<String> {
    let because = finding.because.iter().map(Untrusted::terminal);
    let worth = sentences::worth(finding, input.profile);
    let asides = sentences::asides(finding);
    let fix = finding.fix.as_ref();
    let safety = fix.map(|fix| sentences::safety(fix).to_owned());
    let note = fix.and_then(|fix| fix.note.as_ref()).map(Untrusted::terminal);
    because.chain(worth).chain(asides).chain(safety).chain(note).collect()
}
