//! Checks that run an interpreter: the fixed example's output, and the explain pages' code.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::packages::{needs, packages};
use super::{examine, folder, literate};
use crate::{CATALOGUE, Entry, Fix, Hotspot, Place, Python, Source, marks};

/// The CPythons on this machine from 3.`minor` on; says so when there is none.
pub(super) fn interpreters(minor: u8) -> Vec<(PathBuf, Python)> {
    let listed = env::var_os("UNSLOW_PYTHONS");
    let listed = listed.iter().flat_map(env::split_paths).collect::<Vec<_>>();
    let path = env::var_os("PATH");
    let in_path = path.iter().flat_map(env::split_paths).map(|folder| folder.join("python3"));
    let candidates = listed.into_iter().chain(in_path).chain(pyenv());
    let mut found: Vec<(PathBuf, Python)> = candidates
        .filter_map(|python| version(&python).map(|version| (python, version)))
        .filter(|(_, version)| version.at_least(3, minor))
        .collect();
    found.sort_by_key(|(_, version)| *version);
    found.dedup_by_key(|(_, version)| *version);
    if found.is_empty() {
        eprintln!("skipped: no CPython 3.{minor} or later in UNSLOW_PYTHONS, PATH or ~/.pyenv");
    }
    found
}

fn version(python: &Path) -> Option<Python> {
    let print = "import sys; print(*sys.version_info[:3])";
    let run = Command::new(python).args(["-c", print]).output().ok()?;
    let text = String::from_utf8(run.stdout).ok()?;
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    let (major, minor, patch) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some(Python { patch, ..Python::new(major, minor) })
}

fn pyenv() -> Vec<PathBuf> {
    let Some(home) = env::var_os("HOME") else { return Vec::new() };
    let versions = std::fs::read_dir(Path::new(&home).join(".pyenv/versions"));
    let mut found: Vec<PathBuf> = versions
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin/python"))
        .collect();
    found.sort();
    found
}

/// What a program prints; the error text when it fails. It has a file of its own, from which the
/// workers of a pool can import it, and the folder `packages` on its path.
fn output(python: &Path, program: &str, packages: Option<&Path>) -> Result<String, String> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // In a folder of its own: what else lies in the temporary one must not be imported.
    let folder = env::temp_dir().join(format!("unslow-kit-{}-{number}", std::process::id()));
    let file = folder.join("program.py");
    let written = std::fs::create_dir(&folder).and_then(|()| std::fs::write(&file, program));
    written.map_err(|error| error.to_string())?;
    let path = packages.map(|folder| ("PYTHONPATH", folder));
    let run = Command::new(python).envs(path).arg(&file).output();
    let _ = std::fs::remove_dir_all(&folder);
    let run = run.map_err(|error| error.to_string())?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}

type Run<'a> = &'a dyn Fn(&str) -> Result<String, String>;
type Start<'a> = &'a dyn Fn() -> Command;

/// Gives every advisor, with the newest Python, to `check`: what runs a program, and a command of that
/// Python. Those that need packages only when they can be had.
pub(super) fn each(check: impl Fn(&Entry, Run<'_>, Start<'_>)) {
    let Some((python, version)) = interpreters(8).pop() else { return };
    for entry in CATALOGUE {
        let folder = match needs(entry.slow).map(|_| packages((version.major, version.minor))) {
            Some(None) => continue,
            folder => folder.flatten(),
        };
        let command = || {
            let mut command = Command::new(&python);
            command.envs(folder.iter().map(|folder| ("PYTHONPATH", folder)));
            command
        };
        check(entry, &|program| output(&python, program, folder.as_deref()), &command);
    }
}

#[test]
fn slow_fixed_and_fast_print_the_same() {
    each(|entry, run, _| {
        let (source, findings) = examine(entry, entry.slow, Python::new(3, 13)).unwrap();
        let fixed = Fix::of_all(&findings).apply(&source).unwrap();
        let slow = run(entry.slow).unwrap();
        assert!(!slow.trim().is_empty(), "{}/slow.py prints nothing", entry.id);
        assert_eq!(run(entry.fast).unwrap(), slow, "{}/fast.py", entry.id);
        assert_eq!(run(&fixed).unwrap(), slow, "{}/slow.py, fixed:\n{fixed}", entry.id);
    });
}

#[test]
fn code_in_explain_pages_runs() {
    each(|entry, run, _| {
        let blocks = literate::code_blocks(entry.explain, "python");
        assert!(!blocks.is_empty(), "{}/explain.md shows no code", entry.id);
        for (line, code) in blocks {
            let at = folder(entry).join("explain.md");
            if let Err(error) = run(&code) {
                panic!("{}:{line}: {error}", at.display());
            }
        }
    });
}

/// Prints, for every instruction of the code objects of each program, where CPython says it
/// stands; programs are set apart by a line with `--`.
const POSITIONS: &str = "
import sys, types
def show(code):
    for position in set(code.co_positions()):
        print(code.co_qualname, code.co_firstlineno, *position, sep='\\t')
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            show(constant)
for program in sys.argv[1:]:
    show(compile(program, 'example', 'exec'))
    print('--')
";

#[test]
fn marks_stand_where_cpython_has_instructions() {
    for (python, version) in interpreters(11) {
        for entry in CATALOGUE {
            let snippets = literate::snippets(entry.cases).unwrap();
            let cases = snippets.iter().filter(|s| s.python().at_least(3, 11)).map(|s| &*s.code);
            let programs: Vec<&str> = [entry.slow, entry.fast].into_iter().chain(cases).collect();
            let run = Command::new(&python).args(["-c", POSITIONS]).args(&programs).output();
            let shown = String::from_utf8(run.unwrap().stdout).unwrap();
            let mut positions = shown.split("--\n");
            for program in programs {
                assert_stands(program, version, positions.next().unwrap());
            }
        }
    }
}

fn assert_stands(program: &str, version: Python, positions: &str) {
    let source = Source::parse(program.as_bytes()).unwrap();
    for hotspot in marks::read(&source, version).unwrap().hotspots {
        let Place { line, end_line, columns: Some((start, end)) } = hotspot.place else { continue };
        let Hotspot { function, function_line, .. } = hotspot;
        let expected = format!("{function}\t{function_line}\t{line}\t{end_line}\t{start}\t{end}");
        let stands = positions.lines().any(|position| position == expected);
        assert!(stands, "{version}: no instruction at {expected:?}\n{program}\n{positions}");
    }
}
