//! What passes between a program and the workers of its pool.

use ruff_text_size::Ranged;

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
    /// Of `share`, in messages that code outside the pool sends or reads itself, by a pipe, a queue or a
    /// manager.
    pub direct: f64,
    /// Files outside the standard library that were seen to call a pool of processes.
    pub files: u32,
    /// Messages that the workers got, estimated from their calls of read; 0 when the system does not
    /// count them.
    pub messages: u64,
    /// Bytes of a message to or from a worker, on average; of very large ones at the least.
    pub message_bytes: u64,
    /// Processor time of all the processes by messages, in seconds; 0 when it is not known.
    pub seconds_per_message: f64,
}

/// Part of the exchange that may be other than a pool's for all of it to be taken for the pool's.
const MOST_DIRECT: f64 = 0.02;

/// Messages for each item that was handed over, at the most: that and the workers' ends.
const MOST_FOR_AN_ITEM: u64 = 4;

impl Case<'_> {
    /// The work that the program hands to processes, when it is the only one of its kind: messages do
    /// not tell who sent them. `None` where it was not seen to take any time, where there are no workers,
    /// and where something else may have sent the messages.
    pub fn handing(&self) -> Option<(Handed<'_>, &Pool)> {
        let pool = self.pool?;
        let mut senders = self.tree.all_calls().filter(|(_, call)| self.tree.may_send(call));
        let (id, call) = senders.next().filter(|_| senders.next().is_none())?;
        let handed = self.tree.handed(call)?;
        // What a call gives may be waited for in the rest of its statement.
        let spots = self.hotspots_within(self.tree.range(self.tree.statement(id)?));
        let is_seen = spots.iter().any(|spot| spot.total_samples + spot.idle_samples > 0);
        let exchange = &pool.exchange;
        let is_pool_alone = exchange.files <= 1 && exchange.direct <= MOST_DIRECT * exchange.share;
        let is_enough = self.tree.loop_around(id).is_some()
            || self
                .items(&handed)
                .is_none_or(|items| exchange.messages <= MOST_FOR_AN_ITEM * items);
        (is_seen && is_pool_alone && is_enough).then_some((handed, pool))
    }

    /// The most items that were handed over at a time, where that is known.
    pub fn items(&self, handed: &Handed<'_>) -> Option<u64> {
        let items = handed.call.arguments.args.get(1).filter(|_| handed.takes_all())?;
        let seen = || {
            let statement = self.tree.statement(self.tree.id_of(handed.call))?;
            let text = self.source.slice(items.range());
            Some(self.operand(self.tree.range(statement), text)?.lengths?.max)
        };
        self.tree.written_length(items).or_else(seen)
    }

    /// The heat of a part of what program and workers did.
    pub fn heat_of_exchange(&self, exchange: &Exchange, part: f64) -> Option<Heat> {
        let samples = (exchange.busy_samples as f64 * part).round() as u64;
        self.gated(samples, samples)
    }
}
