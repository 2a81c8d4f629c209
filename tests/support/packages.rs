//! The packages that some programs under test need, as `scripts/get-packages` gets them.

#![allow(dead_code, unreachable_pub, reason = "every test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program says in its first line (`# needs pandas`) when it needs more than Python.
pub fn needs(program: &str) -> Option<&str> {
    program.lines().next()?.strip_prefix("# needs ")
}

/// The folder with the packages for that version of CPython, to be put on its path; `None`, and says
/// so, when they cannot be had.
pub fn packages(version: (u8, u8)) -> Option<PathBuf> {
    fetched(&[], version, "site-packages")
}

/// The folder with the packages that the programs of `tests/corpus` need, as [`packages`].
pub fn corpus(version: (u8, u8)) -> Option<PathBuf> {
    fetched(&["-c"], version, "corpus")
}

fn fetched(options: &[&str], version: (u8, u8), name: &str) -> Option<PathBuf> {
    let root = repository();
    let version = format!("{}.{}", version.0, version.1);
    let folder = root.join("target/packages");
    let status = Command::new(root.join("scripts/get-packages"))
        .args(options)
        .arg("-d")
        .args([folder.as_os_str(), version.as_ref()])
        .status()
        .expect("the script starts");
    match status.code() {
        Some(0) => Some(folder.join(version).join(name)),
        Some(3) => {
            eprintln!("skipped: no packages for CPython {version}");
            None
        }
        _ => panic!("get-packages: {status}"),
    }
}

/// The folder of the workspace, of which each crate has its own.
fn repository() -> PathBuf {
    let within = Path::new(env!("CARGO_MANIFEST_DIR"));
    let holds = |folder: &&Path| folder.join("scripts/get-packages").is_file();
    within.ancestors().find(holds).expect("the script is in the repository").to_owned()
}
