//! Processes of a program whose parents have ended, daemons among them.
//!
//! Unless told otherwise, they would become children of process 1, and nothing would say whose they
//! were. While we run a program they become ours (`PR_SET_CHILD_SUBREAPER`, prctl(2)), so that they
//! are found. What they can see of it is that `getppid()` gives our id instead of 1, as it gives
//! another than 1 in any session that systemd manages; in turn they are ours to wait for.

use rustix::process::{Pid, WaitOptions, waitpid};

use super::proc;

/// From now on orphans among our descendants become our children. Programs that are started do not
/// inherit that. Where the kernel refuses, they are lost sight of.
pub(super) fn adopt() {
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Our children, as far as they are not ourselves doing something else.
pub(super) fn adopted() -> Vec<u32> {
    let own = proc::executable(std::process::id());
    let children = proc::children(std::process::id()).unwrap_or_default();
    children.into_iter().filter(|&pid| proc::executable(pid) != own).collect()
}

/// Lets those of our children go that have ended, as process 1 would at once, but for `own`, which
/// others wait for.
pub fn release(own: &[u32]) {
    let children = proc::children(std::process::id()).unwrap_or_default();
    let strangers = children.into_iter().filter(|pid| !own.contains(pid));
    for pid in strangers {
        if proc::stat(pid).is_ok_and(|stat| stat.state == b'Z') {
            // It has ended and is nobody's but ours, so that this neither fails nor waits.
            let _ = waitpid(Pid::from_raw(pid.cast_signed()), WaitOptions::NOHANG);
        }
    }
}
