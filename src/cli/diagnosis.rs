//! Why a process cannot be sampled, and the exact command that helps.

use super::failure::Failure;
use crate::sample::memory::Memory;
use crate::sample::{AttachError, LiveMemory};
use crate::target::permissions::{Check, Situation, Verdict};

/// What decides whether this process can read another's memory.
pub(super) fn situation() -> Situation {
    Situation::of_machine(reads_own_memory())
}

/// Whether the system call that reads memory works at all: a filter may forbid it even here.
fn reads_own_memory() -> bool {
    let here: u64 = 0x756e_736c_6f77;
    let mut bytes = [0; 8];
    let address = std::ptr::from_ref(&here).addr() as u64;
    let read = LiveMemory::new(std::process::id()).read(address, &mut bytes);
    read.is_ok() && u64::from_ne_bytes(bytes) == here
}

/// The error with all that stands in the way and what helps.
pub(super) fn of(error: AttachError) -> Failure {
    match error {
        AttachError::NoPermission { pid } => Failure::from(error).helps(remedies(pid)),
        error => Failure::from(error),
    }
}

/// What stands between us and process `pid`, one line each, with the commands that help.
pub(super) fn remedies(pid: u32) -> Vec<String> {
    let Ok(situation) = situation().with_target(pid) else { return Vec::new() };
    situation
        .checks()
        .iter()
        .filter(|check| check.verdict == Verdict::Blocked)
        .flat_map(lines)
        .collect()
}

fn lines(check: &Check) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", check.subject, check.found)];
    lines.extend(check.remedies.iter().map(|r| format!("{}: {}", r.what, r.command)));
    lines
}
