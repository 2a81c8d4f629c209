//! A program that a test runs, sends signals to and waits for.

use std::io::{BufReader, Read};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything here takes on a machine that is busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A process that is ended when the test is.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).expect("a running process");
    }

    /// The exit code, once it has ended by itself.
    pub(crate) fn code(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("a status") {
                return status.code();
            }
            assert!(start.elapsed() < LIMIT, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the kernel says that it is in this state (`T`: stopped).
    pub(crate) fn await_state(&self, wanted: char) {
        let start = Instant::now();
        let status = format!("/proc/{}/stat", self.0.id());
        let is_there = || {
            let text = std::fs::read_to_string(&status).expect("a process");
            text.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(wanted))
        };
        while !is_there() {
            assert!(start.elapsed() < LIMIT, "it is never {wanted}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn errors(&mut self) -> String {
        let mut text = String::new();
        self.0.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
        text
    }

    pub(crate) fn lines(&mut self) -> BufReader<ChildStdout> {
        BufReader::new(self.0.stdout.take().expect("a pipe"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
