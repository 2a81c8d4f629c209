//! What two recordings both tell of places: each is found again by no more than that.

use advisors::Python;

use super::Comparison;
use super::files::Files;
use crate::profile::{Location, Origin, Profile};
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
    /// Whether the library is of another version on either side: what stands on its lines is not the
    /// same.
    other_library: bool,
    files: Files,
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
        let other_library = has_other_library(profiles);
        let notes = [
            (columns, "One of them has no columns: expressions are compared by their lines."),
            (qualified, "One of them has no qualified names: functions are compared without."),
            (
                other_library,
                "They ran on other versions of Python: functions of its library are compared as wholes.",
            ),
        ];
        Self {
            columns: !columns,
            beginnings: !differ(|it| it.beginnings),
            qualified: !qualified,
            other_library,
            files: Files::of(profiles),
            notes: notes.into_iter().filter(|(is_so, _)| *is_so).map(|(_, note)| note).collect(),
        }
    }

    /// What is said of it.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> + '_ {
        self.notes.iter().map(|&note| note.to_owned()).chain(self.files.note())
    }

    /// Whether either recording has files of the program that the other has not.
    pub(super) fn has_strangers(&self) -> bool {
        self.files.strangers.iter().all(|files| !files.is_empty())
    }

    /// Whether places in a file are those of both.
    pub(super) fn has_lines_of_both(&self, file: &Untrusted) -> bool {
        !self.other_library || !is_of_library(file)
    }

    /// A file as both name it.
    pub(super) fn file(&self, profile: &Profile, file: &Untrusted) -> Untrusted {
        self.files.common(profile, file)
    }

    /// A function as both name it.
    pub(super) fn function(&self, name: &Untrusted) -> Untrusted {
        match name.data().rsplit_once('.') {
            Some((_, bare)) if !self.qualified => Untrusted::new(bare),
            _ => name.clone(),
        }
    }
}

/// Whether both ran on known Pythons of which one is not the other, and in their libraries.
fn has_other_library(profiles: [&Profile; 2]) -> bool {
    let [before, after] = profiles.map(|profile| profile.target.python);
    let differ = before.zip(after).is_some_and(|(before, after)| !before.may_be(after));
    let is_in_it = |profile: &Profile| {
        profile.locations.iter().any(|location| is_of_library(&location.code.file))
    };
    differ && profiles.into_iter().all(is_in_it)
}

fn is_of_library(file: &Untrusted) -> bool {
    match Origin::of(file) {
        Origin::Library => true,
        Origin::Native => file.data().starts_with("<frozen "),
        Origin::Own | Origin::Package => false,
    }
}
