//! How long an event loop was kept from looking for events.

use super::Profile;
use super::file::ProfileError;
use super::pprof as pb;

/// Callbacks that kept an event loop for 10 ms and more while they stood at one place. Times are
/// from one look at the place to the next within one callback, so each is too short by what passed
/// before the first look and after the last: up to two sampling intervals.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stall {
    /// Index into [`super::Profile::locations`]: where they stood, or what they had called from.
    pub location: u32,
    /// How many callbacks.
    pub count: u64,
    /// Their seconds, together.
    pub total: f64,
    /// The longest, in seconds.
    pub longest: f64,
    /// Index into [`super::Profile::tasks`]: whose step the longest was.
    pub task: Option<u32>,
    /// What at least two of them computed there, or the only one did, in seconds: a thread that waits,
    /// sleeps or is kept from a processor by others does not compute, but a single one may be charged
    /// with what the kernel or a virtual machine's host did. Up to a tick of the kernel, 1 to 10 ms, more
    /// or less than it was. `None` where the kernel does not tell, and in recordings from before this
    /// was kept.
    pub computed: Option<f64>,
}

impl From<&Stall> for pb::Stall {
    fn from(stall: &Stall) -> Self {
        let &Stall { location, count, total, longest, task, computed } = stall;
        Self { location, count, total, longest, task, computed }
    }
}

impl Stall {
    /// Reads one of a profile that has so many `locations` and `tasks`.
    pub(super) fn read(
        stall: &pb::Stall,
        locations: usize,
        tasks: usize,
    ) -> Result<Self, ProfileError> {
        let &pb::Stall { location, count, total, longest, task, computed } = stall;
        if location as usize >= locations || task.is_some_and(|task| task as usize >= tasks) {
            return Err(ProfileError::Corrupt("a stall of what is not there"));
        }
        Ok(Self { location, count, total, longest, task, computed })
    }
}

impl Profile {
    /// The callbacks that kept an event loop, wherever they stood; `None` when none was seen to.
    pub fn loop_stalls(&self) -> Option<&Stall> {
        let is_handle =
            |stall: &&Stall| self.locations[stall.location as usize].code.runs_callbacks();
        self.stalls.iter().find(is_handle)
    }
}
