//! Where asyncio tasks were suspended.

use super::file::ProfileError;
use super::pprof as pb;

/// What looks at the tasks of event loops found of a place. A task that awaits a coroutine stands at
/// places in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Await {
    /// Index into [`super::Profile::locations`].
    pub location: u32,
    /// Tasks of one loop that stood there at once, the most at any look. Of very many tasks only some
    /// are looked at; then it is the lower end of a 95 % interval.
    pub tasks: u64,
    /// Looks that found a task waiting there and its loop's thread idle.
    pub looks: u64,
}

impl From<&Await> for pb::Await {
    fn from(&Await { location, tasks, looks }: &Await) -> Self {
        Self { location, tasks, looks }
    }
}

impl Await {
    /// Reads one of a profile that has so many `locations`.
    pub(super) fn read(it: &pb::Await, locations: usize) -> Result<Self, ProfileError> {
        let &pb::Await { location, tasks, looks } = it;
        if location as usize >= locations {
            return Err(ProfileError::Corrupt("an await at what is not there"));
        }
        Ok(Self { location, tasks, looks })
    }
}
