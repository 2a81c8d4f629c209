//! What the fixes save, held against what `fast.py` saves.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use super::live::each;
use super::{all_fixes, examine, folder};
use crate::{Entry, Python};

/// Part of what `fast.py` saves that the fix has to save at some size of the pair: the sizes of some are
/// kinds, of which one has a fix.
const PART: f64 = 0.5;

/// What `fast.py` saves below which a pair says nothing of its fix.
const LEAST_SAVED: f64 = 0.05;

#[test]
fn a_fix_saves_half_of_what_fast_saves() {
    each(|entry, _, run| {
        let (source, findings) = examine(entry, entry.slow, Python::new(3, 13)).unwrap();
        let fixes = all_fixes(&findings);
        if fixes.edits.is_empty() || entry.gains.rows.is_empty() {
            return;
        }
        let fixed = Fixed::write(entry, &fixes.apply(&source).unwrap());
        let mut sizes: Vec<u64> = entry.gains.rows.iter().map(|row| row.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut seen = String::new();
        let saves_enough = sizes.iter().rev().any(|&size| {
            let [fast, fix] = ["fast.py", "fixed.py"].map(|file| {
                saved(run, &fixed.folder.join("slow.py"), &fixed.folder.join(file), size)
            });
            seen.push_str(&format!("at {size}: fast.py saves {fast:.2}, the fix {fix:.2}\n"));
            fast >= LEAST_SAVED && fix >= PART * fast
        });
        println!("{}\n{seen}", entry.id);
        assert!(saves_enough, "{}: {seen}", entry.id);
    });
}

/// A folder with the pair and its fix.
struct Fixed {
    folder: PathBuf,
}

impl Fixed {
    fn write(entry: &Entry, fixed: &str) -> Self {
        let name = format!("unslow-worth-{}-{}", process::id(), entry.id);
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        for file in ["slow.py", "fast.py"] {
            fs::copy(self::folder(entry).join(file), folder.join(file)).unwrap();
        }
        fs::write(folder.join("fixed.py"), fixed).unwrap();
        Self { folder }
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Share of the first file's time that the second does not take, the fastest turns of both.
fn saved(python: &dyn Fn() -> Command, slow: &Path, other: &Path, size: u64) -> f64 {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/gain.py");
    let mut run = python();
    let output = run.arg(script).args([slow, other]).arg(size.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let times = text.lines().map(|line| {
        let numbers: Vec<f64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        (numbers[1], numbers[2])
    });
    let (slow, other): (Vec<f64>, Vec<f64>) = times.unzip();
    let fastest = |times: Vec<f64>| times.into_iter().fold(f64::INFINITY, f64::min);
    1.0 - fastest(other) / fastest(slow)
}
