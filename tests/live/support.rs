//! Finding interpreters, starting programs under them, and sampling what they do.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use unslow::sample::{Gone, Options, Sample, Sampler, Sweep};

/// The versions that are promised; one that is not found is printed as skipped.
const PROMISED: [(u8, u8); 9] =
    [(2, 7), (3, 6), (3, 7), (3, 8), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13)];

/// A CPython on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter {
    pub(crate) version: (u8, u8),
    pub(crate) program: PathBuf,
}

/// One interpreter of each promised version that is there, oldest first.
pub(crate) fn interpreters() -> &'static [Interpreter] {
    static FOUND: OnceLock<Vec<Interpreter>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut found = BTreeMap::new();
        for program in candidates() {
            if let Some(version) = version_of(&program) {
                found.entry(version).or_insert(program);
            }
        }
        for (major, minor) in PROMISED {
            if !found.contains_key(&(major, minor)) {
                eprintln!("skipped: no CPython {major}.{minor} (set UNSLOW_PYTHONS to name one)");
            }
        }
        found
            .into_iter()
            .filter(|(version, _)| PROMISED.contains(version))
            .map(|(version, program)| Interpreter { version, program })
            .collect()
    })
}

/// Those with columns: CPython 3.11 and later.
pub(crate) fn with_columns() -> impl Iterator<Item = &'static Interpreter> {
    interpreters().iter().filter(|python| python.version >= (3, 11))
}

fn candidates() -> Vec<PathBuf> {
    let mut candidates: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("UNSLOW_PYTHONS").unwrap_or_default()).collect();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let installed = std::fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    candidates.extend(installed.map(|version| version.path().join("bin/python")));
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        let names = PROMISED.map(|(major, minor)| format!("python{major}.{minor}"));
        candidates.extend(names.map(|name| folder.join(name)));
    }
    candidates.retain(|program| program.is_file() && !is_script(program));
    candidates
}

/// pyenv's shims are shell scripts, not interpreters.
fn is_script(program: &Path) -> bool {
    std::fs::read(program).is_ok_and(|bytes| bytes.starts_with(b"#!"))
}

fn version_of(program: &Path) -> Option<(u8, u8)> {
    let code = "import sys; sys.stdout.write('%d %d' % sys.version_info[:2])";
    let output = Command::new(program).args(["-c", code]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// A running program, killed when dropped.
pub(crate) struct Target {
    child: Child,
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

impl Target {
    /// Starts `source` as a file of the name `name` and waits until it prints a line.
    pub(crate) fn start_as(python: &Interpreter, name: &str, source: &str) -> Self {
        let mut target = Self::spawn(python, name, source);
        let mut line = String::new();
        let stdout = target.child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the target's output");
        assert_eq!(line.trim(), "ready", "{python:?}");
        target
    }

    /// Starts `source` and waits until it prints a line.
    pub(crate) fn start(python: &Interpreter, source: &str) -> Self {
        Self::start_as(python, "target.py", source)
    }

    /// Starts `source` without waiting for anything.
    pub(crate) fn spawn(python: &Interpreter, name: &str, source: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(OsString::from(name));
        std::fs::write(&path, format!("# -*- coding: utf-8 -*-\n{source}")).expect("the source");
        let child = Command::new(&python.program)
            .arg(&path)
            .env("PYTHONIOENCODING", "utf-8")
            .env("LC_ALL", "C.UTF-8")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        Self { child, path, _folder: folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn attach(&self) -> Sampler {
        let options = Options { patience: Duration::from_secs(10), ..Options::default() };
        Sampler::attach(self.pid(), options).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it can be waited for");
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sweeps `count` times, `gap` apart.
pub(crate) fn sweeps(sampler: &mut Sampler, count: usize, gap: Duration) -> Vec<Sweep> {
    (0..count)
        .map(|_| {
            std::thread::sleep(gap);
            sampler.sweep().expect("the target is alive")
        })
        .collect()
}

/// Sweeps until one has a sample for which `wanted` holds, at most ten seconds.
pub(crate) fn sample_where(sampler: &mut Sampler, wanted: impl Fn(&Sample) -> bool) -> Sample {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let sweep = sampler.sweep().expect("the target is alive");
        if let Some(sample) = sweep.samples.into_iter().find(&wanted) {
            return sample;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no such sample in ten seconds");
}

/// Sweeps until the target is seen to have ended, at most ten seconds.
pub(crate) fn until_gone(sampler: &mut Sampler) -> Gone {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if let Err(gone) = sampler.sweep() {
            return gone;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the target's end was not noticed");
}

/// Names of a stack, outermost first.
pub(crate) fn names(sample: &Sample) -> Vec<&str> {
    sample.frames.iter().rev().map(|frame| frame.code.name.data()).collect()
}

/// Lines of a stack, outermost first. The coding line that is put before every source is not counted.
pub(crate) fn lines(sample: &Sample) -> Vec<u32> {
    sample.frames.iter().rev().map(|frame| frame.place.line - 1).collect()
}

/// Processor time that this thread has used.
pub(crate) fn thread_cpu() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.cast_unsigned(), u32::try_from(now.tv_nsec).unwrap_or(0))
}
