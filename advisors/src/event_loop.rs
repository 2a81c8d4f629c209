//! What keeps an asyncio event loop.

use std::collections::BTreeMap;

use ruff_text_size::TextRange;

use crate::Case;

/// Samples of a thread that ran an event loop, with one of its callbacks on the stack: meanwhile no
/// other task could go on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InEventLoop {
    /// The thread computed.
    pub busy: u64,
    /// The thread slept or waited.
    pub idle: u64,
    /// Callbacks that were seen to stay for 10 ms and more, without a return to the loop.
    pub stalls: u64,
    /// The longest of them, in seconds, from its first sample to its last: at least so long, and at
    /// most two sampling intervals longer.
    pub longest: f64,
    /// The coroutine whose step the longest was; nothing when it was no task's.
    pub coroutine: String,
}

impl Case<'_> {
    /// How the places within `range` kept an event loop. Of a place and what it calls in the same
    /// file, that with the most samples; the longest stall is that of a single place.
    pub fn in_event_loop(&self, range: TextRange) -> InEventLoop {
        let mut codes = BTreeMap::<(&str, u32), InEventLoop>::new();
        for hotspot in self.hotspots_within(range) {
            codes
                .entry((&hotspot.function, hotspot.function_line))
                .or_default()
                .add(&hotspot.in_event_loop);
        }
        codes.into_values().max_by_key(|it| it.busy + it.idle).unwrap_or_default()
    }
}

impl InEventLoop {
    fn add(&mut self, other: &Self) {
        self.busy += other.busy;
        self.idle += other.idle;
        self.stalls += other.stalls;
        if other.longest > self.longest {
            self.longest = other.longest;
            self.coroutine.clone_from(&other.coroutine);
        }
    }
}
