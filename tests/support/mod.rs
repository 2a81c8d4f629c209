//! What several test programs need: the CPythons of this machine, and the binary under test.

#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "every test program uses a part of it"
)]

pub mod fixed;
mod interpreters;
pub mod packages;
pub mod pairs;
pub mod pays;
pub mod recording;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use interpreters::{Interpreter, interpreters, with_columns};

/// The newest CPython whose expressions can be seen, or nothing, which is printed.
pub fn newest_with_columns() -> Option<Interpreter> {
    let newest = with_columns().next_back();
    if newest.is_none() {
        println!("skipped: no CPython whose expressions can be seen was found");
    }
    newest.cloned()
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
