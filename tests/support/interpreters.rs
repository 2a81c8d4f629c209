//! The CPythons of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The versions that are promised; one that is not found is printed as skipped.
const PROMISED: [(u8, u8); 11] =
    [(2, 7), (3, 6), (3, 7), (3, 8), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13), (3, 14), (3, 15)];

/// A CPython that tests may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// `sys.version_info[:2]`.
    pub version: (u8, u8),
    /// The executable itself, links and shims resolved.
    pub path: PathBuf,
    /// Whether it has no interpreter lock.
    pub free_threaded: bool,
}

impl Interpreter {
    /// Whether its stacks have columns and its operands can be read.
    pub fn has_columns(&self) -> bool {
        self.version >= (3, 11)
    }

    /// A command that runs it, with nothing of the caller's Python settings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }
}

/// One CPython of each promised version that is there, oldest first. Those that `UNSLOW_PYTHONS`
/// names (paths separated by colons) come before those under `~/.pyenv/versions`, and these before
/// those on `PATH`. What is missing or not promised is printed.
pub fn interpreters() -> &'static [Interpreter] {
    static FOUND: OnceLock<Vec<Interpreter>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut found = BTreeMap::new();
        for python in present().iter().filter(|python| !python.free_threaded).cloned() {
            if PROMISED.contains(&python.version) {
                found.entry(python.version).or_insert(python);
            } else {
                let (major, minor) = python.version;
                eprintln!("skipped: {} is a CPython {major}.{minor}", python.path.display());
            }
        }
        for (major, minor) in PROMISED.iter().filter(|version| !found.contains_key(version)) {
            eprintln!("skipped: no CPython {major}.{minor} (set UNSLOW_PYTHONS to name one)");
        }
        found.into_values().collect()
    })
}

/// One free-threaded build of each version that has any.
pub fn free_threaded() -> Vec<&'static Interpreter> {
    let mut found: Vec<&Interpreter> = present().iter().filter(|it| it.free_threaded).collect();
    found.sort_by_key(|python| python.version);
    found.dedup_by_key(|python| python.version);
    if found.is_empty() {
        eprintln!("skipped: no free-threaded CPython (scripts/get-python 3.13t makes one)");
    }
    found
}

fn present() -> &'static [Interpreter] {
    static PRESENT: OnceLock<Vec<Interpreter>> = OnceLock::new();
    PRESENT.get_or_init(|| candidates().iter().filter_map(|path| ask(path)).collect())
}

/// Those whose expressions can be seen.
pub fn with_columns() -> impl DoubleEndedIterator<Item = &'static Interpreter> {
    interpreters().iter().filter(|python| python.has_columns())
}

/// Executables that may be a CPython. pyenv's shims are not: they are scripts, and start whatever
/// the current folder asks for.
fn candidates() -> Vec<PathBuf> {
    let named = std::env::var_os("UNSLOW_PYTHONS").unwrap_or_default();
    let pyenv = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let under_pyenv = std::fs::read_dir(pyenv).into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut names = vec!["python3".to_owned()];
    for (major, minor) in PROMISED {
        names.extend(["", "t"].map(|build| format!("python{major}.{minor}{build}")));
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let on_path = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    std::env::split_paths(&named)
        .chain(under_pyenv.map(|version| version.path().join("bin/python")))
        .chain(on_path)
        .filter(|path| path.is_file() && !is_script(path))
        .collect()
}

fn is_script(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"#!"))
}

/// Which version it is, and where it really lies; nothing for PyPy and for what does not start.
fn ask(candidate: &Path) -> Option<Interpreter> {
    let question = "import os, sys; print(sys.version_info[0]); print(sys.version_info[1]); \
                    print(os.path.realpath(sys.executable)); \
                    print('t' in getattr(sys, 'abiflags', '')); print(sys.version)";
    let output = Command::new(candidate).args(["-c", question]).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let mut lines = answer.lines();
    let version = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let path = PathBuf::from(lines.next()?);
    let free_threaded = lines.next()? == "True";
    (!answer.contains("PyPy")).then_some(Interpreter { version, path, free_threaded })
}
