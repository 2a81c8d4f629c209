//! Starting programs under an interpreter, and sampling what they do.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use unslow::sample::{Gone, Options, Sample, Sampler, Sweep, TOO_FAST};

#[allow(dead_code, unreachable_pub, reason = "every test program uses a part of it")]
#[path = "../support/interpreters.rs"]
mod interpreters;

#[allow(unused_imports, reason = "every test program uses a part of it")]
pub(crate) use interpreters::{Interpreter, free_threaded, interpreters, with_columns};

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
        target.await_ready(python);
        target
    }

    /// Starts a command and waits until it prints a line.
    pub(crate) fn of(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut target = Self { child, path: folder.path().into(), _folder: folder };
        target.await_ready(command.get_program());
        target
    }

    fn await_ready(&mut self, whose: impl std::fmt::Debug) {
        let mut line = String::new();
        let stdout = self.child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the target's output");
        assert_eq!(line.trim(), "ready", "{whose:?}");
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
        let child = python
            .command()
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

    /// How the program ended, once it has.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it can be waited for")
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

/// A sample without the frame that stands for an inner end that was too fast to see.
pub(crate) fn as_far_as_seen(sample: &Sample) -> Sample {
    let mut seen = sample.clone();
    seen.frames.retain(|frame| frame.code.name.data() != TOO_FAST);
    seen
}

/// Whether no more is told of a stack than where it begins, and that something was called there.
pub(crate) fn is_told_no_further(sample: &Sample) -> bool {
    let [too_fast, _] = &sample.frames[..] else { return false };
    too_fast.code.name.data() == TOO_FAST
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
