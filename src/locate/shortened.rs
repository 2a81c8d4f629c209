//! Which files of another tool's recording are not the program's, where no more is told of them than
//! the ends of their paths.
//!
//! py-spy names a file from its outermost package on: `asyncio/events.py`, `threading.py`. Those of
//! Python's library are nowhere below the folder that has the program's sources, and nobody wants to
//! change them; but a file of the program that is not there must be missed. So a name is taken for the
//! library's only where the program's own files are at hand and none of them has it.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Sources, files, has_source, project};
use crate::profile::origin::is_on_drive;
use crate::profile::{Origin, Profile};
use crate::rules::Rules;
use crate::text::Untrusted;

/// The modules of Python's library, CPython 3.6 to 3.15, packages with a slash. Those that programs
/// call a package of their own by too (`test`, `profiling`) are left out.
const LIBRARY: &str = include_str!("library.txt");

/// The function of Python's `runpy` that runs a module as a program.
const RUNS_MODULE: &str = "_run_code";

/// What is known of the shortened names of a recording.
#[derive(Debug, Default)]
pub(super) struct Shortened<'p> {
    /// The files that are others', though nothing but the lack of them says so.
    pub(super) others: FxHashSet<&'p Untrusted>,
    /// Names that are Python's and that of a file of the program, which comes with it.
    pub(super) namesakes: FxHashMap<&'p Untrusted, Untrusted>,
}

/// Tells others' files from the program's.
pub(super) fn told_apart<'p>(
    profile: &'p Profile,
    sources: &Sources,
    rules: &Rules,
) -> Shortened<'p> {
    if profile.tells_losses() || profile.target.directory.is_some() {
        return Shortened::default();
    }
    let files: FxHashSet<&Untrusted> = profile.locations.iter().map(|it| &it.code.file).collect();
    let own = files.into_iter().filter(|file| has_source(file) && Origin::of(file) == Origin::Own);
    let base = profile.target.base();
    let is_here = |file: &&Untrusted| files::whereabouts(file, base, sources).is_some();
    let (here, elsewhere): (Vec<_>, Vec<_>) = own.partition(is_here);
    if here.is_empty() {
        return Shortened::default();
    }
    let scripts = scripts(profile);
    let is_doubtful = |file: &&Untrusted| is_short(file.data()) && !scripts.contains(file);
    let doubtful: Vec<&Untrusted> = elsewhere.into_iter().filter(is_doubtful).collect();
    let folders =
        [sources.directory.as_deref().or(base.map(Untrusted::path)), rules.root.as_deref()];
    let Some(known) = known(&folders, doubtful.is_empty()) else { return Shortened::default() };
    let lined = lined(profile);
    let namesake = |name: &str| known.iter().find(|it| is_end(it, name));
    let is_others = |file: &&Untrusted| {
        let name = file.data();
        let is_no_python = !name.ends_with(".py") && !lined.contains(file);
        is_no_python
            || is_of_library(name) && namesake(name).is_none()
            || rules.mine.is_some() && !known.iter().any(|it| has_part(it, first_part(name)))
    };
    let (others, rest): (Vec<_>, Vec<_>) = doubtful.into_iter().partition(is_others);
    let namesakes = rest.into_iter().filter(|file| is_of_library(file.data()));
    let namesakes =
        namesakes.filter_map(|file| Some((file, Untrusted::new(namesake(file.data())?.as_str()))));
    Shortened { others: others.into_iter().collect(), namesakes: namesakes.collect() }
}

/// The Python files of the folders that have the program's; `None` where there are too many to know.
fn known(folders: &[Option<&Path>], none_is_wanted: bool) -> Option<Vec<String>> {
    let mut known = Vec::new();
    for folder in folders.iter().flatten().filter(|_| !none_is_wanted) {
        known.extend(project::python_files(folder)?);
    }
    Some(known)
}

/// The files that were run as a program, not imported: the user's, whatever they are called.
fn scripts(profile: &Profile) -> FxHashSet<&Untrusted> {
    let mut scripts = FxHashSet::default();
    for stack in 0..profile.stacks.len() as u32 {
        let mut caller = None;
        for frame in profile.frames(stack).rev() {
            let is_first = caller.is_none_or(|caller| caller == RUNS_MODULE);
            if is_first && frame.code.name.data() == "<module>" {
                scripts.insert(&frame.code.file);
            }
            caller = Some(frame.code.name.data());
        }
    }
    scripts
}

/// The files of which a line is told.
fn lined(profile: &Profile) -> FxHashSet<&Untrusted> {
    let lined = profile.locations.iter().filter(|location| location.place.line > 0);
    lined.map(|location| &location.code.file).collect()
}

fn is_short(name: &str) -> bool {
    !name.starts_with('/') && !is_on_drive(name)
}

/// Whether it is the name of a module of the library, or of one in a package of it.
fn is_of_library(name: &str) -> bool {
    let mut modules = LIBRARY.split_ascii_whitespace();
    match name.split_once('/') {
        Some((package, _)) => modules.any(|it| it.strip_suffix('/') == Some(package)),
        None => name.strip_suffix(".py").is_some_and(|name| modules.any(|it| it == name)),
    }
}

fn first_part(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn has_part(path: &str, part: &str) -> bool {
    path.split('/').any(|it| it == part)
}

fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::{Count, Location, Stack};
    use crate::rules::Pattern;
    use crate::sample::{Code, State};

    /// A recording of one stack, outermost first.
    fn profile(frames: &[(&str, &str, u32)]) -> Profile {
        let location = |&(name, file, line): &(&str, &str, u32)| {
            let (name, file) = (Untrusted::new(name), Untrusted::new(file));
            let code = Arc::new(Code { name, file, first_line: 0 });
            Location { code, place: Place::line(line) }
        };
        let state = State { on_cpu: true, ..State::IDLE };
        Profile {
            locations: frames.iter().map(location).collect(),
            stacks: vec![Stack { locations: (0..frames.len() as u32).rev().collect() }],
            counts: vec![Count { stack: 0, thread: 0, task: None, state, samples: 99 }],
            ..Profile::default()
        }
    }

    /// The names of the others' files and the namesakes, with a folder that has `etl.py` and
    /// `jobs/calendar.py`.
    fn told(frames: &[(&str, &str, u32)], mine: Option<&str>) -> [Vec<String>; 2] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("jobs")).expect("a folder");
        for file in ["etl.py", "jobs/calendar.py"] {
            std::fs::write(folder.path().join(file), "").expect("a file");
        }
        let sources = Sources { directory: Some(folder.path().to_owned()), ..Sources::default() };
        let mine = mine.map(|text| vec![Pattern::new(text).expect("a pattern")]);
        let rules = Rules { mine, root: Some(folder.path().to_owned()), ..Rules::default() };
        let profile = profile(frames);
        let Shortened { others, namesakes } = told_apart(&profile, &sources, &rules);
        let others = others.into_iter().map(|it| it.data().to_owned());
        let namesakes = namesakes.values().map(|it| it.data().to_owned());
        [others.collect(), namesakes.collect()].map(|mut names: Vec<String>| {
            names.sort();
            names
        })
    }

    fn others(frames: &[(&str, &str, u32)], mine: Option<&str>) -> Vec<String> {
        let [others, _] = told(frames, mine);
        others
    }

    const FRAMES: &[(&str, &str, u32)] = &[
        ("<module>", "etl.py", 9),
        ("run", "asyncio/runners.py", 194),
        ("wait", "threading.py", 355),
        ("month", "calendar.py", 12),
        ("load", "shop/load.py", 3),
        ("get", "requests/api.py", 73),
        ("write", "libc.so.6", 0),
    ];

    #[test]
    fn short_names_of_the_library_are_others_unless_the_program_has_such_a_file() {
        let library = ["asyncio/runners.py", "libc.so.6", "threading.py"];
        let [others, namesakes] = told(FRAMES, None);
        assert_eq!(others, library);
        assert_eq!(namesakes, ["jobs/calendar.py"], "which of the two ran is not known");
    }

    #[test]
    fn what_paths_cannot_name_is_others() {
        let mut names = others(FRAMES, Some("etl.py"));
        names.retain(|name| !["libc.so.6"].contains(&name.as_str()));
        assert_eq!(
            names,
            ["asyncio/runners.py", "requests/api.py", "shop/load.py", "threading.py"]
        );
    }

    #[test]
    fn without_the_programs_files_nothing_is_known() {
        assert!(others(&FRAMES[1..], None).is_empty(), "none of them is here");
    }

    #[test]
    fn what_was_run_is_the_users_whatever_it_is_called() {
        let frames = |above| {
            [
                ("main", "etl.py", 9),
                (above, "runpy.py", 88),
                ("<module>", "code.py", 1),
                ("f", "code.py", 4),
            ]
        };
        assert_eq!(others(&frames("_run_code"), None), ["runpy.py"]);
        assert_eq!(others(&frames("_call_with_frames_removed"), None), ["code.py", "runpy.py"]);
        assert!(others(&[("<module>", "code.py", 1), ("f", "etl.py", 4)], None).is_empty());
    }

    #[test]
    fn a_script_without_an_ending_has_lines() {
        let frames = |line| [("f", "etl.py", 9), ("main", "serve", line)];
        assert!(others(&frames(3), None).is_empty());
        assert_eq!(others(&frames(0), None), ["serve"]);
    }
}
