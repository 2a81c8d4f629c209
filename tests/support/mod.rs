//! What several test programs need: the CPythons of this machine, and the binary under test.

#![allow(dead_code, unreachable_pub, reason = "every test program uses a part of it")]

pub mod recording;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A CPython that tests may start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interpreter {
    /// `sys.version_info[:2]`.
    pub version: (u8, u8),
    /// The executable itself, links and shims resolved.
    pub path: PathBuf,
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

/// Every CPython found on PATH, under `~/.pyenv/versions` and in `UNSLOW_PYTHONS` (paths separated
/// by colons), oldest first. Those that unslow does not support are printed and left out.
pub fn interpreters() -> Vec<Interpreter> {
    let mut found = BTreeMap::new();
    for candidate in candidates() {
        let Some(interpreter) = ask(&candidate) else { continue };
        if supported(interpreter.version) {
            found.insert(interpreter.path.clone(), interpreter);
        } else {
            println!("skipped: {candidate:?} is a CPython {:?}", interpreter.version);
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort();
    if found.is_empty() {
        println!("skipped: no CPython was found; set UNSLOW_PYTHONS");
    }
    found
}

/// The newest CPython whose expressions can be seen, or nothing, which is printed.
pub fn newest_with_columns() -> Option<Interpreter> {
    let newest = interpreters().into_iter().rfind(Interpreter::has_columns);
    if newest.is_none() {
        println!("skipped: no CPython from 3.11 to 3.13 was found");
    }
    newest
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The program under test.
pub fn unslow() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unslow"));
    command.env("NO_COLOR", "1");
    command
}

fn supported(version: (u8, u8)) -> bool {
    version == (2, 7) || ((3, 6)..=(3, 13)).contains(&version)
}

fn candidates() -> Vec<PathBuf> {
    let names = (6..=15).map(|minor| format!("python3.{minor}"));
    let names: Vec<_> = names.chain(["python3", "python2.7"].map(str::to_owned)).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        std::env::split_paths(&path).flat_map(|dir| names.iter().map(move |name| dir.join(name)));
    let pyenv = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let under_pyenv = std::fs::read_dir(pyenv).into_iter().flatten().flatten();
    let named = std::env::var_os("UNSLOW_PYTHONS").unwrap_or_default();
    on_path
        .chain(under_pyenv.map(|version| version.path().join("bin/python")))
        .chain(std::env::split_paths(&named))
        .filter(|path| path.is_file())
        .collect()
}

fn ask(candidate: &Path) -> Option<Interpreter> {
    let question = "import os, sys; print(sys.version_info[0]); print(sys.version_info[1]); \
                    print(os.path.realpath(sys.executable)); print(sys.version)";
    let output = Command::new(candidate).args(["-c", question]).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok()?;
    let mut lines = answer.lines();
    let version = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
    let path = PathBuf::from(lines.next()?);
    (!answer.contains("PyPy")).then_some(Interpreter { version, path })
}
