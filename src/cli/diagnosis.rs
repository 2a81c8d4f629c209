//! Why a process cannot be sampled, and the exact command that helps.

use super::failure::Failure;
use crate::sample::memory::Memory;
use crate::sample::{AttachError, LiveMemory};
use crate::target::permissions::{Remedy, Situation, Verdict};

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
        AttachError::NoPermission { pid } => refused(Failure::from(error), pid),
        error => Failure::from(error),
    }
}

/// The failure, with what stands between us and process `pid` and the commands that help.
fn refused(failure: Failure, pid: u32) -> Failure {
    let Ok(situation) = situation().with_target(pid) else { return failure };
    let mut checks = situation.checks();
    checks.retain(|check| check.verdict == Verdict::Blocked);
    if checks.is_empty() {
        checks.push(situation.unexplained());
    }
    checks.iter().fold(failure, |failure, check| {
        let failure = failure.because(format!("{}: {}", check.subject, check.found));
        check.remedies.iter().fold(failure, |failure, remedy| failure.help(told(remedy)))
    })
}

/// A remedy in one line, the command last so that it can be copied.
pub(super) fn told(remedy: &Remedy) -> String {
    format!("{}: {}", remedy.what, remedy.command)
}
