//! What passes between a program and the workers of its pool.

use crate::shape::Handed;
use crate::{Case, Heat, Pool};

/// What passes between a program and the workers of its pool. Shares are of the busy samples of
/// both, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exchange {
    /// Busy samples of both.
    pub busy_samples: u64,
    /// In the pool's own code and what it called: queueing, packing, sending, waking; without the
    /// tasks, and without the start of workers.
    pub share: f64,
    /// Of it, making bytes of objects and objects of bytes, and moving them.
    pub packing: f64,
    /// In the start of workers.
    pub starting: f64,
    /// Messages that the workers got, estimated from their calls of read; 0 when the system does not
    /// count them.
    pub messages: u64,
    /// Bytes of a message to or from a worker, on average; of very large ones at the least.
    pub message_bytes: u64,
    /// Processor time of all the processes by messages, in seconds; 0 when it is not known.
    pub seconds_per_message: f64,
}

impl Case<'_> {
    /// The work that the program hands to processes where it spends or waits the most time; `None`
    /// where none of it was seen to take any, or where there are no workers.
    pub fn handing(&self) -> Option<(Handed<'_>, &Pool)> {
        let pool = self.pool?;
        let handed = self.tree.all_calls().filter_map(|(id, call)| {
            let handed = self.tree.handed(call).filter(|it| it.kind.has_processes())?;
            // What a call gives may be waited for in the rest of its statement.
            let statement = self.tree.range(self.tree.statement(id)?);
            let spots = self.hotspots_within(statement);
            let spent: u64 = spots.iter().map(|spot| spot.total_samples + spot.idle_samples).sum();
            (spent > 0).then_some((spent, handed))
        });
        handed.max_by_key(|(spent, _)| *spent).map(|(_, handed)| (handed, pool))
    }

    /// The heat of a part of what program and workers did.
    pub fn heat_of_exchange(&self, exchange: &Exchange, part: f64) -> Option<Heat> {
        let samples = (exchange.busy_samples as f64 * part).round() as u64;
        self.gated(samples, samples)
    }
}
