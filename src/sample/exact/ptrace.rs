//! The four requests of ptrace(2) that exact mode makes, each for one thread of the target. All are
//! tied to the operating-system thread that seized: a thread that ends frees whom it holds.
//!
//! And what keeps their stops from being signalled.

use std::io;

use rustix::process::{Pid, WaitId, WaitIdOptions};

/// Whether a seized thread has come to a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It has not.
    NotYet,
    /// It has. The signal that was just about to be delivered to it, 0 for none, is its due when it
    /// goes on.
    Stopped(i32),
    /// It has ended, or is no longer ours.
    Gone,
}

/// Makes this the tracer of thread `tid`, which runs on.
///
/// # Errors
/// `EPERM` when that is not permitted or it has a tracer, `ESRCH` when it has ended, `EIO` before
/// Linux 3.4.
pub(super) fn seize(tid: u32) -> io::Result<()> {
    request(libc::PTRACE_SEIZE.into(), tid, 0)
}

/// Asks a seized thread to stop. It does so before it executes another instruction of its own once
/// it is in the kernel; a wait in the kernel that signals end is broken off and taken up again.
///
/// # Errors
/// `ESRCH` when it has ended.
pub(super) fn interrupt(tid: u32) -> io::Result<()> {
    request(libc::PTRACE_INTERRUPT.into(), tid, 0)
}

/// Lets a stopped thread go on, untraced, with `signal` (0: none).
///
/// # Errors
/// `ESRCH` when it has ended or has not stopped.
pub(super) fn detach(tid: u32, signal: i32) -> io::Result<()> {
    request(libc::PTRACE_DETACH.into(), tid, signal.into())
}

/// Looks whether a seized thread has stopped, without waiting.
///
/// The look takes nothing away: a signal that is being held back stays with the thread, so that it
/// is delivered even if this process is killed before it lets go. Nor is an end taken note of: that
/// is for the parent, which we may be ourselves.
pub(super) fn stop(tid: u32) -> Stop {
    /// Threads that are not the first of their process are found only with this before Linux 4.7
    /// (`__WALL`, linux/wait.h).
    const EVERY_THREAD: WaitIdOptions = WaitIdOptions::from_bits_retain(0x4000_0000);
    let options =
        WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT | EVERY_THREAD;
    let Some(tid) = Pid::from_raw(tid.cast_signed()) else { return Stop::Gone };
    match rustix::process::waitid(WaitId::Pid(tid), options) {
        Ok(Some(status)) => status.trapping_signal().map_or(Stop::NotYet, stopped),
        Ok(None) | Err(rustix::io::Errno::INTR) => Stop::NotYet,
        Err(_) => Stop::Gone,
    }
}

/// What a stop is by its code: a signal, or in the second byte an event of ptrace's own, for which
/// the lower byte says no more than whether other signals have halted the process.
fn stopped(code: i32) -> Stop {
    let (event, signal) = (code >> 8, code & 0xff);
    Stop::Stopped(if event == 0 { signal } else { 0 })
}

/// Has no SIGCHLD sent when a thread stops that this process traces, nor when a child does: a handler for it,
/// as there is for children that end, would run in the very thread that waits for the stop, while the target
/// stands still.
#[allow(unsafe_code, reason = "signal-hook sets no flags")]
pub(super) fn keep_stops_quiet() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: the first call writes the whole of `action`, which the second reads after it has succeeded;
    // the handler stays the one that there is.
    unsafe {
        if libc::sigaction(libc::SIGCHLD, std::ptr::null(), action.as_mut_ptr()) == 0 {
            let action = action.assume_init_mut();
            action.sa_flags |= libc::SA_NOCLDSTOP;
            libc::sigaction(libc::SIGCHLD, action, std::ptr::null_mut());
        }
    }
}

#[allow(unsafe_code, reason = "rustix has no ptrace; nix loses real-time signals on the way")]
fn request(request: libc::c_long, tid: u32, data: libc::c_long) -> io::Result<()> {
    let address: libc::c_long = 0;
    // SAFETY: the requests above take `data` as a number and touch no memory, neither ours nor the
    // target's.
    let outcome = unsafe { libc::syscall(libc::SYS_ptrace, request, tid, address, data) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_no_signal() {
        const PTRACE_EVENT_STOP: i32 = 128;
        assert_eq!(stopped(libc::SIGALRM), Stop::Stopped(libc::SIGALRM));
        assert_eq!(stopped(64), Stop::Stopped(64), "the last real-time signal");
        assert_eq!(stopped(PTRACE_EVENT_STOP << 8 | libc::SIGTRAP), Stop::Stopped(0));
        assert_eq!(stopped(PTRACE_EVENT_STOP << 8 | libc::SIGSTOP), Stop::Stopped(0));
    }

    #[test]
    #[allow(unsafe_code, reason = "nobody else tells what flags a handler has")]
    fn stops_are_quiet_and_the_handler_stays() {
        let action = || {
            let mut action = std::mem::MaybeUninit::<libc::sigaction>::uninit();
            // SAFETY: the call writes the whole of `action`, which is read only if it succeeds.
            unsafe {
                let outcome = libc::sigaction(libc::SIGCHLD, std::ptr::null(), action.as_mut_ptr());
                assert_eq!(outcome, 0);
                action.assume_init()
            }
        };
        let before = action().sa_sigaction;
        keep_stops_quiet();
        let after = action();
        assert_ne!(after.sa_flags & libc::SA_NOCLDSTOP, 0);
        assert_eq!(after.sa_sigaction, before);
    }

    #[test]
    fn one_cannot_hold_oneself() {
        let refused = seize(std::process::id()).expect_err("a thread of this process");
        assert_eq!(refused.raw_os_error(), Some(libc::EPERM));
        assert_eq!(stop(std::process::id()), Stop::Gone);
    }
}
