//! Checks that run an interpreter: the fixed example's output, and the explain pages' code.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{all_fixes, examine, folder, literate};
use crate::{CATALOGUE, Python};

/// A CPython 3 on this machine, the newest first looked for; says so when there is none.
fn interpreter() -> Option<PathBuf> {
    let listed = env::var_os("UNSLOW_PYTHONS");
    let listed = listed.iter().flat_map(env::split_paths).collect::<Vec<_>>();
    let path = env::var_os("PATH");
    let in_path = path.iter().flat_map(env::split_paths).map(|folder| folder.join("python3"));
    let candidates = listed.into_iter().chain(in_path).chain(pyenv());
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 8))";
    let found = candidates.into_iter().find(|python| {
        let check = Command::new(python).args(["-c", new_enough]).output();
        check.is_ok_and(|check| check.status.success())
    });
    if found.is_none() {
        eprintln!("skipped: no CPython 3.8 or later in UNSLOW_PYTHONS, PATH or ~/.pyenv");
    }
    found
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

/// What a program prints; the error text when it fails.
fn output(python: &Path, program: &str) -> Result<String, String> {
    let run = Command::new(python).args(["-c", program]).output();
    let run = run.map_err(|error| error.to_string())?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}

#[test]
fn slow_fixed_and_fast_print_the_same() {
    let Some(python) = interpreter() else { return };
    for entry in CATALOGUE {
        let (source, findings) = examine(entry, entry.slow, Python::new(3, 13)).unwrap();
        let fixed = all_fixes(&findings).apply(&source).unwrap();
        let slow = output(&python, entry.slow).unwrap();
        assert!(!slow.trim().is_empty(), "{}/slow.py prints nothing", entry.id);
        assert_eq!(output(&python, entry.fast).unwrap(), slow, "{}/fast.py", entry.id);
        assert_eq!(output(&python, &fixed).unwrap(), slow, "{}/slow.py, fixed:\n{fixed}", entry.id);
    }
}

#[test]
fn code_in_explain_pages_runs() {
    let Some(python) = interpreter() else { return };
    for entry in CATALOGUE {
        let blocks = literate::code_blocks(entry.explain, "python");
        assert!(!blocks.is_empty(), "{}/explain.md shows no code", entry.id);
        for (line, code) in blocks {
            let at = folder(entry).join("explain.md");
            if let Err(error) = output(&python, &code) {
                panic!("{}:{line}: {error}", at.display());
            }
        }
    }
}
