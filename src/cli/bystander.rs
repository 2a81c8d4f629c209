//! Tells a signal that is meant for us from one that is sent to all of our process group.
//!
//! The kernel does not say which: `kill -INT PID` and `kill -INT -GROUP` look the same to who gets
//! them. So a process that does nothing stands by in the group while a program runs: what ends it
//! has reached the program as well, and is not to be passed on a second time.

use std::io;
use std::process::{Child, Command, Stdio};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::failure::Outcome;

/// The verb that stands by; for no user to type.
pub(super) const VERB: &str = "stand-by";

/// A process in our group that does nothing until a signal ends it, or we end.
#[derive(Debug)]
pub(super) struct Bystander {
    /// Its input, which we never write to, ends when we do.
    process: Child,
}

impl Bystander {
    /// Starts one.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn start() -> io::Result<Self> {
        let process = Command::new(std::env::current_exe()?)
            .arg(VERB)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { process })
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Whether a signal has been sent to it. A signal to the group reaches all of it in one system
    /// call, but on a busy machine it may be a while until this process gets round to ending.
    pub(super) fn was_hit(&mut self) -> bool {
        has_pending_signals(self.process.id()) || !matches!(self.process.try_wait(), Ok(None))
    }
}

/// Whether process `pid` has signals before it that it has not acted on (proc_pid_status(5)).
fn has_pending_signals(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    ["SigPnd:", "ShdPnd:"].iter().any(|field| {
        let pending = status.lines().find_map(|line| line.strip_prefix(field));
        pending.is_some_and(|set| set.trim().bytes().any(|digit| digit != b'0'))
    })
}

impl Drop for Bystander {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the process does: nothing, until its input ends.
///
/// # Errors
/// When the input cannot be read.
pub(super) fn stand_by() -> Outcome<u8> {
    // SIGQUIT is to leave no core file of ours.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(0)
}
