//! Samples of threads that sleep on.

use super::Walker;
use crate::sample::Sample;
use crate::sample::asyncio::runs_event_loop;
use crate::sample::memory::Memory;
use crate::sample::tasks::Tasks;

impl<M: Memory> Walker<M> {
    /// The last sample of a thread that has slept since.
    pub(super) fn sleeping(&self, index: usize) -> Option<Sample> {
        let thread = &self.threads[index];
        let (state, truncated) = thread.rest.known()?;
        Some(Sample { truncated, ..Sample::new(thread.tid()?, state, thread.frames()) })
    }

    /// Lets a thread rest if it sleeps. The event loop of one that waits for events still has tasks
    /// to be counted.
    pub(super) fn let_rest(&mut self, index: usize, sample: &Sample, tasks: &mut Tasks) {
        let seen = (sample.thread, sample.state, sample.truncated);
        self.threads[index].rest.saw(seen, tasks, self.now, || {
            sample.task.is_none() && sample.callback.is_none() && !runs_event_loop(&sample.frames)
        });
    }
}
