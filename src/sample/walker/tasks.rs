//! What asyncio tasks wait for.

use super::Walker;
use crate::sample::memory::Memory;
use crate::sample::{TaskLook, TaskStack};

impl<M: Memory> Walker<M> {
    /// Looks at the tasks that were chosen when they were counted in this sweep.
    pub(super) fn look_at_tasks(&mut self) -> Option<TaskLook> {
        let (counted, busy) = self.tasks.take()?;
        let asyncio = self.asyncio.as_mut()?;
        let chains = asyncio.chains(&self.memory, &self.layout, &counted.chosen);
        let mut stacks = Vec::with_capacity(chains.len());
        for chain in chains {
            let frames = chain.frames.iter().map_while(|&frame| Some(self.frame_at(frame)?.1));
            let mut frames: Vec<_> = frames.collect();
            frames.reverse();
            stacks.push(TaskStack { frames, waits: chain.waits() });
        }
        Some(TaskLook { count: counted.count, busy, stacks })
    }
}
