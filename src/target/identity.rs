//! A process that stays the same one: a pid alone may come to mean another.

use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, test_kill_process};

use super::{TargetError, proc};
use crate::sample::descriptors::{Kept, is_of_too_many};

/// One process, told from any later one with the same pid by a pidfd (Linux 5.3), and by its start
/// time where there are none.
#[derive(Debug)]
pub struct Identity {
    pid: u32,
    /// Clock ticks after boot.
    started: u64,
    handle: Option<Kept<OwnedFd>>,
}

impl Identity {
    /// Takes hold of the process that `pid` now means.
    ///
    /// # Errors
    /// When there is no such process, `pid` is the id of a thread, or `/proc` tells of others or
    /// nothing of it.
    pub fn of(pid: u32) -> Result<Self, TargetError> {
        if proc::is_foreign() {
            return Err(TargetError::ForeignProc(pid));
        }
        let gone = || TargetError::NoSuchProcess(pid);
        let raw = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(gone)?;
        if let Some(process) = process_of_thread(pid) {
            return Err(TargetError::IsThread { thread: pid, process });
        }
        // With hidepid, `/proc` may be silent on a process that is there.
        let identity = Self::open(pid, raw).map_err(|source| match test_kill_process(raw) {
            Err(Errno::SRCH) => gone(),
            Err(refused) => TargetError::Unreadable { pid, source: refused.into() },
            Ok(()) => TargetError::Unreadable { pid, source },
        })?;
        match identity.is_running() {
            true => Ok(identity),
            false if proc::stat(pid).is_ok_and(|stat| stat.started == identity.started) => {
                Err(TargetError::Ended(pid))
            }
            false => Err(gone()),
        }
    }

    /// When the process began, to a clock tick (10 ms).
    pub fn began(&self) -> SystemTime {
        SystemTime::now() - self.age()
    }

    /// How long ago that was.
    pub fn age(&self) -> Duration {
        let boot = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let since_boot = Duration::new(boot.tv_sec.unsigned_abs(), boot.tv_nsec as u32);
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        since_boot.saturating_sub(Duration::from_secs_f64(self.started as f64 / ticks))
    }

    /// Takes hold of a child that was not waited for yet, even when it has ended.
    pub(super) fn of_child(child: &std::process::Child) -> Result<Self, TargetError> {
        let pid = child.id();
        let raw = Pid::from_child(child);
        Self::open(pid, raw).map_err(|source| TargetError::Unreadable { pid, source })
    }

    fn open(pid: u32, raw: Pid) -> std::io::Result<Self> {
        let handle = rustix::process::pidfd_open(raw, PidfdFlags::empty()).ok();
        let handle = handle.and_then(Kept::telling);
        let started = proc::stat(pid)?.started;
        Ok(Self { pid, started, handle })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the process has not ended. What was read of the pid before this said yes, was read
    /// of this very process.
    pub fn is_running(&self) -> bool {
        !self.ends_within(Duration::ZERO)
    }

    /// Waits until the process has ended, a signal came, or `patience` is over; says whether it
    /// has ended.
    pub fn ends_within(&self, patience: Duration) -> bool {
        match &self.handle {
            Some(handle) => {
                let timeout = Timespec {
                    tv_sec: patience.as_secs().min(i64::MAX as u64) as i64,
                    tv_nsec: i64::from(patience.subsec_nanos()),
                };
                let mut waited = [PollFd::new(handle.file(), PollFlags::IN)];
                matches!(rustix::event::poll(&mut waited, Some(&timeout)), Ok(1..))
            }
            None => {
                std::thread::sleep(patience);
                !self.still_started_then()
            }
        }
    }

    fn still_started_then(&self) -> bool {
        match proc::stat(self.pid) {
            Ok(stat) => stat.started == self.started && !matches!(stat.state, b'Z' | b'X'),
            Err(error) => is_of_too_many(&error), // nothing says that it did not
        }
    }

    /// Sends a signal to this very process; does nothing when it has ended.
    pub fn signal(&self, signal: Signal) {
        let sent = match &self.handle {
            Some(handle) => rustix::process::pidfd_send_signal(handle.file(), signal),
            None if self.still_started_then() => Pid::from_raw(self.pid as i32)
                .map_or(Ok(()), |pid| rustix::process::kill_process(pid, signal)),
            None => Ok(()),
        };
        // The process may have ended just now, or changed its user: then it is no longer ours to
        // signal, and there is nobody to tell.
        let _ = sent;
    }
}

/// The process of a thread that is not its process's first; `None` for a process or nothing.
fn process_of_thread(tid: u32) -> Option<u32> {
    let status = proc::read_text(format!("/proc/{tid}/status")).ok()?;
    let process: u32 = proc::status_field(&status, "Tgid")?.parse().ok()?;
    (process != tid).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_process_is_not_running_even_before_it_is_waited_for() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().expect("sleep");
        let identity = Identity::of(child.id()).expect("a running process");
        assert!(identity.is_running());
        assert!(!identity.ends_within(Duration::from_millis(1)));
        identity.signal(Signal::KILL);
        assert!(identity.ends_within(Duration::from_secs(5)));
        let zombie = Identity::of(child.id()).expect_err("an ended process is nobody to record");
        assert!(matches!(zombie, TargetError::Ended(_)), "{zombie}");
        child.wait().expect("wait");
        assert!(!identity.is_running());
        identity.signal(Signal::KILL);
    }

    #[test]
    fn the_beginning_is_told_in_wall_time() {
        let before = SystemTime::now();
        let mut child = std::process::Command::new("sleep").arg("9").spawn().expect("sleep");
        let began = Identity::of(child.id()).expect("a child").began();
        child.kill().expect("kill");
        child.wait().expect("wait");
        let off = began.duration_since(before).unwrap_or_else(|error| error.duration());
        assert!(off < Duration::from_secs(2), "{off:?}");
    }

    #[test]
    fn without_a_pidfd_the_start_time_tells_processes_apart() {
        let own = Identity::of(std::process::id()).expect("own process");
        let other = Identity { pid: own.pid, started: own.started + 1, handle: None };
        let same = Identity { pid: own.pid, started: own.started, handle: None };
        assert!(same.is_running());
        assert!(!other.is_running());
    }

    #[test]
    fn a_thread_is_not_taken_for_a_process() {
        let own = std::process::id();
        std::thread::scope(|scope| {
            let (found, finder) = std::sync::mpsc::channel();
            let (finish, finished) = std::sync::mpsc::channel::<()>();
            scope.spawn(move || {
                let tid = rustix::thread::gettid().as_raw_nonzero().get() as u32;
                found.send(tid).expect("a listener");
                finished.recv().ok();
            });
            let tid = finder.recv().expect("a thread id");
            let error = Identity::of(tid).expect_err("a thread");
            assert!(
                matches!(error, TargetError::IsThread { process, .. } if process == own),
                "{error}"
            );
            drop(finish);
        });
    }

    #[test]
    fn no_such_process() {
        for pid in [0, u32::MAX, 4_194_305] {
            assert!(matches!(Identity::of(pid), Err(TargetError::NoSuchProcess(_))), "{pid}");
        }
    }
}
