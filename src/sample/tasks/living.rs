//! Through which of its threads a process can be read.

use std::fs;

use super::Tasks;
use super::lines::is_ending;
use crate::sample::descriptors::is_of_too_many;

/// A thread of process `pid` that lives on, the first if it does: by the id of one that has ended
/// (`pthread_exit`) the kernel gives no memory, while the others run. `None` when the process has
/// ended, be it still listed, or is just ending.
pub(in crate::sample) fn living(pid: u32) -> Option<u32> {
    let lives = |path: String| match fs::read(path) {
        Ok(stat) => !is_ending(&stat),
        Err(error) => is_of_too_many(&error), // nothing says that it does not
    };
    if lives(format!("/proc/{pid}/stat")) {
        return Some(pid);
    }
    Tasks::ids_of(pid).find(|tid| lives(format!("/proc/{pid}/task/{tid}/stat")))
}

/// The id by which the memory and the files of process `pid` are asked for.
pub(in crate::sample) fn reading_id(pid: u32) -> u32 {
    living(pid).unwrap_or(pid)
}
