//! What an interpreter says of itself now and then.

use super::pprof as pb;
use crate::sample::Collector;

/// The interpreter of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runtime {
    /// Process id.
    pub pid: u32,
    /// asyncio tasks that were not done, the most that were counted at once; of more than
    /// `limits::COUNTED_TASKS` it may say that there were so many.
    pub tasks: Option<u64>,
    /// How often its event loops' tasks were looked at.
    pub looks: u64,
    /// Of the looks, those that found a loop's thread busy.
    pub busy_looks: u64,
    /// Of the busy ones, those that found `advisors::OTHERS` tasks or more.
    pub crowded_looks: u64,
    /// Its garbage collector, as it was last seen.
    pub collector: Option<Collector>,
}

impl From<&Runtime> for pb::Runtime {
    fn from(runtime: &Runtime) -> Self {
        let numbers = |of: fn(&Collector) -> [u32; 3]| {
            runtime.collector.as_ref().map_or(Vec::new(), |collector| of(collector).to_vec())
        };
        Self {
            pid: runtime.pid,
            tasks: runtime.tasks,
            looks: runtime.looks,
            busy_looks: runtime.busy_looks,
            crowded_looks: runtime.crowded_looks,
            thresholds: numbers(|it| it.thresholds),
            counts: numbers(|it| it.counts),
        }
    }
}

impl From<&pb::Runtime> for Runtime {
    fn from(runtime: &pb::Runtime) -> Self {
        let numbers = |all: &[u32]| -> Option<[u32; 3]> { all.try_into().ok() };
        let collector = numbers(&runtime.thresholds).zip(numbers(&runtime.counts));
        Self {
            pid: runtime.pid,
            tasks: runtime.tasks,
            looks: runtime.looks,
            busy_looks: runtime.busy_looks,
            crowded_looks: runtime.crowded_looks,
            collector: collector.map(|(thresholds, counts)| Collector { thresholds, counts }),
        }
    }
}
