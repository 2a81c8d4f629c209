//! Arrays of NumPy 1 and 2, in frames that stand still.

use std::path::{Path, PathBuf};
use std::process::Command;

use advisors::Python;

use super::live::{expected, lines};
use super::process::{Standing, pythons};
use crate::sample::operands::OperandReader;

const EXPECTED: &str = include_str!("arrays.txt");

/// The folder with the packages for that version; `None`, and says so, when they cannot be had.
fn packages(python: Python) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let version = format!("{}.{}", python.major, python.minor);
    let folder = root.join("target/packages");
    let status = Command::new(root.join("scripts/get-packages"))
        .arg("-d")
        .args([folder.as_os_str(), version.as_ref()])
        .status()
        .expect("the script starts");
    match status.code() {
        Some(0) => Some(folder.join(version)),
        Some(3) => {
            eprintln!("skipped: no NumPy for CPython {version}");
            None
        }
        _ => panic!("get-packages: {status}"),
    }
}

#[test]
fn arrays_have_the_length_of_their_first_dimension_and_the_name_of_their_dtype() {
    for (python, executable) in pythons() {
        let Some(packages) = packages(python) else { continue };
        let mut standing = Standing::start_with(&executable, "arrays.py", Some(&packages));
        let memory = standing.memory();
        let mut reader = OperandReader::new(python).expect("a supported version");
        let mut met = 0;
        while let Some(at) = standing.next() {
            met += 1;
            let expected = expected(EXPECTED, &at.scenario, python);
            for look in ["first", "cached"] {
                let operands = reader.look(&memory, at.frame, at.code_address, &at.code);
                let seen = lines(&operands);
                assert_eq!(seen, expected, "{look} look at {} on {python}", at.scenario);
            }
            standing.go_on();
        }
        assert_eq!(met, 2, "on {python}");
    }
}
