//! What two recordings both tell of places: each is found again by no more than that.

use std::collections::{HashMap, HashSet};

use advisors::Python;

use super::Comparison;
use crate::profile::{Location, Profile};
use crate::report::names;
use crate::text::Untrusted;

/// The first CPython that tells functions' qualified names.
const QUALIFIED: Python = Python::new(3, 11);

/// What one recording tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    columns: bool,
    /// The lines on which functions begin.
    beginnings: bool,
    /// `Customers.add` instead of `add`.
    qualified: bool,
}

/// What places of both are told by.
#[derive(Debug)]
pub(super) struct Common {
    /// Whether what is in a line is told apart.
    pub(super) columns: bool,
    /// Whether lines are counted from their function's first; otherwise from the file's.
    pub(super) beginnings: bool,
    qualified: bool,
    /// Of files that one names by a longer path than the other, the shorter.
    shorter: HashMap<Untrusted, Untrusted>,
    notes: Vec<&'static str>,
}

impl Told {
    fn of(profile: &Profile) -> Self {
        let any = |has: fn(&Location) -> bool| profile.locations.iter().any(has);
        let beginnings = any(|it| it.code.first_line > 0);
        let is_new = profile.target.python.is_some_and(|python| python >= QUALIFIED);
        Self {
            columns: any(|it| it.place.columns.is_some()),
            beginnings,
            qualified: any(|it| it.code.name.data().contains('.')) || beginnings && is_new,
        }
    }
}

impl Common {
    /// What both recordings tell.
    pub(super) fn of(comparison: &Comparison<'_>) -> Self {
        let profiles = [comparison.before, comparison.after];
        let [before, after] = profiles.map(Told::of);
        let differ = |of: fn(Told) -> bool| of(before) != of(after);
        let (columns, qualified) = (differ(|it| it.columns), differ(|it| it.qualified));
        let notes = [
            (columns, "One of them has no columns: expressions are compared by their lines."),
            (qualified, "One of them has no qualified names: functions are compared without."),
        ];
        Self {
            columns: !columns,
            beginnings: !differ(|it| it.beginnings),
            qualified: !qualified,
            shorter: shorter(profiles.map(files)),
            notes: notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect(),
        }
    }

    /// What is said of it.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> + '_ {
        self.notes.iter().map(|&note| note.to_owned())
    }

    /// A file as both name it.
    pub(super) fn file(&self, profile: &Profile, file: &Untrusted) -> Untrusted {
        let name = names::file(&profile.target, file);
        self.shorter.get(&name).cloned().unwrap_or(name)
    }

    /// A function as both name it.
    pub(super) fn function(&self, name: &Untrusted) -> Untrusted {
        match name.data().rsplit_once('.') {
            Some((_, bare)) if !self.qualified => Untrusted::new(bare),
            _ => name.clone(),
        }
    }
}

fn files(profile: &Profile) -> HashSet<Untrusted> {
    let files = profile.locations.iter().map(|location| &location.code.file);
    let files: HashSet<&Untrusted> = files.collect();
    files.into_iter().map(|file| names::file(&profile.target, file)).collect()
}

/// Where a file of one recording is the end of the path of one of the other, and of no other one.
fn shorter([before, after]: [HashSet<Untrusted>; 2]) -> HashMap<Untrusted, Untrusted> {
    let last = |file: &Untrusted| file.data().rsplit('/').next().map(str::to_owned);
    let mut alike: HashMap<_, [Vec<&Untrusted>; 2]> = HashMap::new();
    for (side, [own, other]) in [[&before, &after], [&after, &before]].into_iter().enumerate() {
        for file in own.difference(other) {
            alike.entry(last(file)).or_default()[side].push(file);
        }
    }
    let mut shorter = HashMap::new();
    for [before, after] in alike.values() {
        let only = |file: &Untrusted, others: &[&Untrusted]| {
            let mut ends = others.iter().filter(|other| is_end(file.data(), other.data()));
            ends.next().copied().filter(|_| ends.next().is_none()).cloned()
        };
        for &file in before {
            let other = only(file, after).filter(|it| only(it, before).as_ref() == Some(file));
            let Some(other) = other else { continue };
            match file.data().len() < other.data().len() {
                true => shorter.insert(other, file.clone()),
                false => shorter.insert(file.clone(), other),
            };
        }
    }
    shorter
}

/// Whether one path is the other, less some of its first folders.
fn is_end(one: &str, other: &str) -> bool {
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short).is_some_and(|rest| !short.is_empty() && rest.ends_with('/'))
    };
    ends(one, other) || ends(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_the_end_of_their_paths_where_no_two_have_it() {
        let set = |files: &[&str]| files.iter().map(|it| Untrusted::new(*it)).collect();
        let shorter = |before: &[&str], after: &[&str]| {
            let found = shorter([set(before), set(after)]);
            let mut found: Vec<_> = found.into_iter().collect();
            found.sort();
            found.iter().map(|(a, b)| format!("{} {}", a.data(), b.data())).collect::<Vec<_>>()
        };
        assert_eq!(
            shorter(&["src/shop/load.py"], &["shop/load.py"]),
            ["src/shop/load.py shop/load.py"]
        );
        assert_eq!(shorter(&["load.py"], &["/srv/load.py"]), ["/srv/load.py load.py"]);
        let none: [(&[&str], &[&str]); 5] = [
            (&["load.py"], &["load.py", "old/load.py"]),
            (&["load.py"], &["a/load.py", "b/load.py"]),
            (&["upload.py"], &["load.py"]),
            (&["a/load.py"], &["b/load.py"]),
            (&[""], &["a/"]),
        ];
        for (before, after) in none {
            assert_eq!(shorter(before, after), Vec::<String>::new(), "{before:?} {after:?}");
        }
    }
}
