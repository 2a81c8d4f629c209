//! A pair beside its `slow.py` with fixes made: what it prints, and what it saves.

#![allow(dead_code, unreachable_pub, reason = "shared with the advisors' own tests")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

/// Part of what `fast.py` saves that the fix has to save at some size of the pair: the sizes of some are
/// kinds, of which one has a fix.
const PART: f64 = 0.5;

/// What `fast.py` saves below which a pair says nothing of its fix.
const LEAST_SAVED: f64 = 0.05;

/// A folder with the pair and `fixed.py`, until it is dropped.
pub struct Fixed {
    folder: PathBuf,
}

impl Fixed {
    /// The pair of an advisor, by its folder.
    pub fn write(pair: &Path, fixed: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("unslow-fixed-{}-{number}", process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        for file in ["slow.py", "fast.py"] {
            fs::copy(pair.join(file), folder.join(file)).expect("the pair is there");
        }
        fs::write(folder.join("fixed.py"), fixed).expect("it is writable");
        Self { folder }
    }

    /// What one of the three prints.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn output(&self, mut python: Command, file: &str) -> Result<String, String> {
        let run = python.arg(self.folder.join(file)).output().expect("the interpreter starts");
        match run.status.success() {
            true => Ok(String::from_utf8_lossy(&run.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&run.stderr).into_owned()),
        }
    }

    /// Whether the fix saves half of what `fast.py` saves at one of these sizes, with what was seen.
    ///
    /// # Errors
    /// The same, when it does not.
    pub fn saves_enough(
        &self,
        python: &dyn Fn() -> Command,
        sizes: &[u64],
    ) -> Result<String, String> {
        let mut seen = String::new();
        let saves_enough = sizes.iter().rev().any(|&size| {
            let [fast, fix] = ["fast.py", "fixed.py"].map(|file| self.saved(python, file, size));
            seen.push_str(&format!("at {size}: fast.py saves {fast:.2}, the fix {fix:.2}\n"));
            fast >= LEAST_SAVED && fix >= PART * fast
        });
        if saves_enough { Ok(seen) } else { Err(seen) }
    }

    /// Share of `slow.py`'s time that a file does not take, the fastest turns of both.
    fn saved(&self, python: &dyn Fn() -> Command, file: &str, size: u64) -> f64 {
        let mut run = python();
        run.arg(script()).args(["slow.py", file].map(|file| self.folder.join(file)));
        let output = run.arg(size.to_string()).output().expect("the interpreter starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let times = text.lines().map(|line| {
            let numbers: Vec<f64> = line.split(' ').map_while(|word| word.parse().ok()).collect();
            (numbers[1], numbers[2])
        });
        let (slow, other): (Vec<f64>, Vec<f64>) = times.unzip();
        let fastest = |times: Vec<f64>| times.into_iter().fold(f64::INFINITY, f64::min);
        1.0 - fastest(other) / fastest(slow)
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The script that times a pair, of whichever crate of the workspace this is.
fn script() -> PathBuf {
    let within = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = ["advisors/benches/gain.py", "benches/gain.py"];
    let found = names.map(|name| within.join(name)).into_iter().find(|path| path.is_file());
    found.expect("the script is in the repository")
}
