//! Pythons that stand still at known frames, and their memory.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use advisors::Python;

use crate::sample::memory::{Memory, ReadError, Request};
use crate::sample::{Code, LiveMemory};
use crate::text::Untrusted;

/// The minor versions of CPython 3 that operands can be read of.
const MINORS: RangeInclusive<u8> = 11..=15;

/// Another process's memory, with a count of the reads.
pub(super) struct Process {
    memory: LiveMemory,
    pub(super) calls: Cell<u64>,
}

impl Memory for Process {
    fn read(&self, address: u64, into: &mut [u8]) -> Result<(), ReadError> {
        self.calls.set(self.calls.get() + 1);
        self.memory.read(address, into)
    }

    fn read_many(&self, requests: &mut [Request<'_>]) -> Result<usize, ReadError> {
        self.calls.set(self.calls.get() + 1);
        self.memory.read_many(requests)
    }
}

/// A Python that runs `frames.py` and stands at one of its frames.
pub(super) struct Standing {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// A frame that stands still.
pub(super) struct StandingFrame {
    pub(super) scenario: String,
    pub(super) frame: u64,
    pub(super) code_address: u64,
    pub(super) code: Arc<Code>,
    /// What the script says that a look is for, if it does.
    pub(super) line: Option<u32>,
}

impl Standing {
    pub(super) fn start(executable: &Path, script: &str) -> Self {
        Self::start_with(executable, script, None)
    }

    /// The same with an argument for the script.
    pub(super) fn start_with(executable: &Path, script: &str, argument: Option<&Path>) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/operands/tests");
        let mut child = Command::new(executable)
            .arg("-I")
            .arg(folder.join(script))
            .args(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdin, stdout }
    }

    pub(super) fn memory(&self) -> Process {
        Process { memory: LiveMemory::new(self.child.id()), calls: Cell::new(0) }
    }

    /// Lets the process run to its next frame; `None` when it has ended as it should.
    pub(super) fn next(&mut self) -> Option<StandingFrame> {
        /// `PyFrameObject.f_frame` (internal/pycore_frame.h; 3.11 to 3.15).
        const F_FRAME: u64 = 24;
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("readable");
        if line.is_empty() {
            assert!(self.child.wait().expect("waited for").success(), "frames.py failed");
            return None;
        }
        let fields: Vec<&str> = line.trim_end().split('\t').collect();
        let [scenario, frame_object, code_address, name, ref rest @ ..] = fields[..] else {
            panic!("not a scenario: {line:?}")
        };
        let address = |field: &str| field.parse::<u64>().expect("an address");
        let mut frame = [0; 8];
        self.memory().read(address(frame_object) + F_FRAME, &mut frame).expect("a frame object");
        let code =
            Code { name: Untrusted::new(name), file: Untrusted::new("frames.py"), first_line: 1 };
        Some(StandingFrame {
            scenario: scenario.to_owned(),
            frame: u64::from_le_bytes(frame),
            code_address: address(code_address),
            code: Arc::new(code),
            line: rest.first().map(|line| line.parse().expect("a line")),
        })
    }

    pub(super) fn go_on(&mut self) {
        self.stdin.write_all(b"\n").expect("still there");
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Pythons that operands can be read of, one of each version; says which were not found.
pub(super) fn pythons() -> BTreeMap<Python, PathBuf> {
    let mut found = BTreeMap::new();
    for executable in candidates() {
        if let Some(python) = version(&executable) {
            found.entry(python).or_insert(executable);
        }
    }
    for minor in MINORS {
        if !found.keys().any(|python| (python.major, python.minor) == (3, minor)) {
            eprintln!("skipped: no CPython 3.{minor} with GIL found");
        }
    }
    assert!(!found.is_empty(), "no CPython 3.11 to 3.15 found; name some in UNSLOW_PYTHONS");
    found
}

fn candidates() -> Vec<PathBuf> {
    let named = std::env::var_os("UNSLOW_PYTHONS").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = std::env::split_paths(&named).collect();
    let pyenv = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    let versions = std::fs::read_dir(pyenv).into_iter().flatten().flatten();
    candidates.extend(versions.map(|version| version.path().join("bin/python")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path) {
        candidates.extend(MINORS.map(|minor| folder.join(format!("python3.{minor}"))));
    }
    candidates
}

fn version(executable: &Path) -> Option<Python> {
    const ASK: &str = "import sys, sysconfig; v = sys.version_info; \
        print(sys.implementation.name, v[0], v[1], v[2], \
        sysconfig.get_config_var('Py_GIL_DISABLED') or 0)";
    let output = Command::new(executable).args(["-I", "-c", ASK]).output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let ["cpython", major, minor, patch, "0"] = fields[..] else { return None };
    let number = |field: &str| field.parse().ok();
    let python = Python { patch: number(patch)?, ..Python::new(number(major)?, number(minor)?) };
    (python.major == 3 && MINORS.contains(&python.minor)).then_some(python)
}
