//! Whether patterns of a project name anything that is there.

use std::fs::{self, DirEntry};
use std::path::Path;

use crate::profile::Profile;
use crate::rules::{Pattern, Rules, nearest, part_fits};
use crate::text::Untrusted;

/// Files and folders of a project that are looked at.
const ENTRIES: usize = 100_000;

/// Folders that hold no sources of the project.
const OTHERS: &[&str] = &["node_modules", "__pycache__"];

/// What stands in the folder of an environment, whose files are not the project's.
const ENVIRONMENT: &str = "pyvenv.cfg";

/// A pattern of `paths` that names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nameless {
    /// As it was written.
    pub pattern: String,
    /// What it may have been meant to be.
    pub meant: Option<String>,
}

/// The first of the patterns that say what is the user's which names neither a file nor a folder of
/// the project: with it, a check would find nothing for ever.
pub fn nameless(rules: &Rules) -> Option<Nameless> {
    let (mine, root) = (rules.mine.as_ref()?, rules.root.as_ref()?);
    first_nameless(mine.iter(), root)
}

/// The first of the patterns of files with exceptions that names nothing, neither of the project nor
/// among the files of a recording.
pub fn nameless_exception(profile: &Profile, rules: &Rules) -> Option<Nameless> {
    let directory = profile.target.base().map(Untrusted::data);
    let files = profile.locations.iter().map(|location| location.code.file.data());
    let idle = rules.exceptions_of_none(files, directory);
    first_nameless(idle.into_iter(), rules.root.as_ref()?)
}

fn first_nameless<'p>(
    mut patterns: impl Iterator<Item = &'p Pattern>,
    root: &Path,
) -> Option<Nameless> {
    let pattern = patterns.find(|pattern| !names_something(pattern, root))?;
    let pattern = pattern.text().to_owned();
    Some(Nameless { meant: meant(&pattern, root), pattern })
}

fn names_something(pattern: &Pattern, root: &Path) -> bool {
    let mut left = ENTRIES;
    is_there(root, pattern.parts(), &mut left)
}

/// Whether something in a folder has such a name. In a project of more entries than are looked at it
/// is taken to be there.
fn is_there(folder: &Path, parts: &[String], left: &mut usize) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    if *left == 0 {
        return true;
    }
    match first.as_str() {
        "**" => {
            is_there(folder, rest, left)
                || folders(folder, left).iter().any(|inner| is_there(&inner.path(), parts, left))
        }
        name if !name.contains(['*', '?']) => {
            let inner = folder.join(name);
            inner.symlink_metadata().is_ok() && is_there(&inner, rest, left)
        }
        wanted => entries(folder, left).iter().any(|entry| {
            let fits = part_fits(wanted, &entry.file_name().to_string_lossy());
            fits && is_there(&entry.path(), rest, left)
        }),
    }
}

/// What is in a folder, by name.
fn entries(folder: &Path, left: &mut usize) -> Vec<DirEntry> {
    let found = fs::read_dir(folder).into_iter().flatten();
    let mut entries: Vec<DirEntry> = found.filter_map(Result::ok).take(*left).collect();
    *left -= entries.len();
    entries.sort_by_key(DirEntry::file_name);
    entries
}

/// The folders of a project in a folder, no links among them.
fn folders(folder: &Path, left: &mut usize) -> Vec<DirEntry> {
    split(folder, left).0
}

/// The folders of a project in a folder, and what is in it that is none.
fn split(folder: &Path, left: &mut usize) -> (Vec<DirEntry>, Vec<DirEntry>) {
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|it| it.is_dir());
    let (mut folders, others): (Vec<_>, Vec<_>) =
        entries(folder, left).into_iter().partition(is_folder);
    folders.retain(|entry| {
        let name = entry.file_name();
        let is_other = name.to_str().is_some_and(|it| it.starts_with('.') || OTHERS.contains(&it));
        !is_other && !entry.path().join(ENVIRONMENT).exists()
    });
    (folders, others)
}

/// The Python files in a folder and all below, by their paths from it on; `None` where there are more
/// entries than are looked at.
pub(super) fn python_files(folder: &Path) -> Option<Vec<String>> {
    python_files_within(folder, ENTRIES)
}

fn python_files_within(folder: &Path, mut left: usize) -> Option<Vec<String>> {
    let mut files = Vec::new();
    collect_files(folder, "", &mut left, &mut files);
    (left > 0).then_some(files)
}

fn collect_files(folder: &Path, before: &str, left: &mut usize, files: &mut Vec<String>) {
    let path = |entry: &DirEntry| format!("{before}{}", entry.file_name().to_string_lossy());
    let (folders, others) = split(folder, left);
    files.extend(others.iter().map(path).filter(|path| path.ends_with(".py")));
    for inner in &folders {
        collect_files(&inner.path(), &format!("{}/", path(inner)), left, files);
    }
}

/// The same with the other slash, or what of the project is called most alike.
fn meant(pattern: &str, root: &Path) -> Option<String> {
    let slashed = pattern.replace('\\', "/");
    let is_meant = |it: &Pattern| slashed != pattern && names_something(it, root);
    if Pattern::new(&slashed).ok().filter(is_meant).is_some() {
        return Some(slashed);
    }
    let parts = slashed.trim_matches('/').split('/').count();
    let (mut names, mut left) = (Vec::new(), ENTRIES);
    collect(root, "", parts, &mut left, &mut names);
    let small: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let found = nearest(&slashed.to_lowercase(), small.iter().map(String::as_str))?;
    small.iter().position(|name| name == found).map(|at| names[at].clone())
}

/// The names of folders and Python files no more than `depth` parts in.
fn collect(folder: &Path, before: &str, depth: usize, left: &mut usize, names: &mut Vec<String>) {
    for entry in folders(folder, left) {
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        if depth > 1 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, left, names);
        }
        names.push(name);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::{Location, Target};
    use crate::sample::Code;

    fn of(patterns: &[&str], root: &Path) -> Option<Nameless> {
        let patterns = patterns.iter().map(|text| Pattern::new(text).expect("a pattern"));
        let rules = Rules {
            mine: Some(patterns.collect()),
            root: Some(root.to_owned()),
            ..Rules::default()
        };
        nameless(&rules)
    }

    #[test]
    fn what_names_nothing_is_told_with_what_it_may_have_been() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for inner in ["src/shopetl", "jobs", "venv/lib/wares", ".git/scr"] {
            fs::create_dir_all(root.join(inner)).expect("folders");
        }
        for file in ["src/shopetl/load.py", "jobs/nightly.py", "venv/pyvenv.cfg"] {
            fs::write(root.join(file), "").expect("a file");
        }
        std::os::unix::fs::symlink("src", root.join("lib")).expect("a link");
        let fine =
            ["src", "shopetl", "jobs/*.py", "**/load.py", "lib/*/load.py", "s?c/", ".", "**"];
        assert_eq!(of(&fine, root), None);
        let cases = [
            ("scr", Some("src")),
            ("SRC", Some("src")),
            ("src\\shopetl", Some("src/shopetl")),
            ("src/shoptl", Some("src/shopetl")),
            ("jobs/*.pyx", Some("jobs")),
            ("wares", None),
            ("xyzzy", None),
        ];
        for (pattern, meant) in cases {
            let meant = meant.map(str::to_owned);
            let told = of(&["src", pattern], root);
            assert_eq!(told, Some(Nameless { pattern: pattern.to_owned(), meant }), "{pattern}");
        }
    }

    #[test]
    fn exceptions_name_something_of_the_project_or_of_the_recording() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("tests")).expect("made");
        let code = Code {
            name: Untrusted::new("f"),
            file: Untrusted::new("/srv/jobs/etl.py"),
            first_line: 1,
        };
        let location = Location { code: Arc::new(code), place: Place::line(1) };
        let target = Target { directory: Some(Untrusted::new("/srv")), ..Target::default() };
        let profile = Profile { target, locations: vec![location], ..Profile::default() };
        let told = |pattern: &str| {
            let per_file = vec![(Pattern::new(pattern).expect("a pattern"), Vec::new())];
            let root = Some(folder.path().to_owned());
            nameless_exception(&profile, &Rules { per_file, root, ..Rules::default() })
        };
        assert_eq!((told("tests"), told("jobs/*.py")), (None, None));
        let meant = Some("tests".to_owned());
        assert_eq!(told("test/*"), Some(Nameless { pattern: "test/*".to_owned(), meant }));
    }

    #[test]
    fn the_files_of_a_project_with_too_many_entries_are_not_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).expect("made");
        for name in ["a.py", "b.py", "c.txt"] {
            fs::write(inner.join(name), "").expect("written");
        }
        let all = python_files_within(folder.path(), 5).expect("as many as are looked at");
        assert_eq!(all, ["inner/a.py", "inner/b.py"]);
        assert_eq!(python_files_within(folder.path(), 4), None);
    }
}
