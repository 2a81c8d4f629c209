//! One interpreter of the process: what to read of it beside its threads.

use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::gil::{self, Gil};
use super::layout::{CodeGeneration, Layout};
use super::memory::Memory;

/// A `PyInterpreterState`.
#[derive(Debug)]
pub(super) struct Interpreter {
    pub(super) address: u64,
    pub(super) gil: Gil,
    /// The code generation as last seen.
    generation: Option<u64>,
}

/// Where a batch has an interpreter's parts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    threads_head: Slot,
    collecting: Slot,
    generation: Option<Slot>,
    gil: Option<Slot>,
}

impl Interpreter {
    /// The interpreter state at `address`; `runtime` is that of its `_PyRuntime`.
    pub(super) fn find<M: Memory>(memory: &M, layout: &Layout, runtime: u64, address: u64) -> Self {
        let gil = gil::find(memory, layout, runtime, address);
        Self { address, gil, generation: None }
    }

    /// Asks for the parts, those that lie close together in one stretch. The code generation comes
    /// after the stacks in `batch`, since it vouches for what was read before it.
    pub(super) fn ask(&self, layout: &Layout, batch: &mut Batch) -> Parts {
        let at = |offset| self.address.wrapping_add(offset);
        let mut wanted = [
            Some((at(layout.interpreter.threads_head), 8)),
            Some((at(layout.interpreter.collecting), 8)),
            layout.interpreter.generation.map(|it| (at(it.offset()), 8)),
            self.gil.extent(),
        ]
        .into_iter()
        .enumerate()
        .filter_map(|(index, wanted)| Some((wanted?, index)))
        .collect::<Vec<_>>();
        wanted.sort_unstable();
        batch.fence();
        let mut slots = [None; 4];
        for ((address, length), index) in wanted {
            slots[index] = Some(batch.add_near(address, length));
        }
        let [Some(threads_head), Some(collecting), generation, gil] = slots else {
            unreachable!("the first two are always asked for")
        };
        Parts { threads_head, collecting, generation, gil }
    }

    /// Whether a code object may have taken the place of another since this was asked last.
    pub(super) fn has_moved_on(&mut self, layout: &Layout, batch: &Batch, parts: &Parts) -> bool {
        let now = parts.generation.and_then(|slot| word(batch.bytes(slot)?, 0));
        let before = std::mem::replace(&mut self.generation, now);
        let Some(kind) = layout.interpreter.generation else { return true };
        now.is_none_or(|now| Some(now) != before || !kind.is_telling(now))
    }

    /// The thread state that held the lock.
    pub(super) fn gil_holder(&self, batch: &Batch, parts: &Parts) -> Option<u64> {
        self.gil.holder(batch.bytes(parts.gil?)?)
    }
}

impl Parts {
    /// The first thread state.
    pub(super) fn first_thread(&self, batch: &Batch) -> Option<u64> {
        word(batch.bytes(self.threads_head)?, 0)
    }

    /// Whether a garbage collection ran.
    pub(super) fn collects(&self, batch: &Batch) -> bool {
        batch.bytes(self.collecting).and_then(|bytes| half_word(bytes, 0)).is_some_and(|it| it != 0)
    }
}

impl CodeGeneration {
    fn offset(self) -> u64 {
        match self {
            Self::Freed(offset) | Self::Created(offset) => offset,
        }
    }

    /// Whether a number that stays the same says anything: one that counts the created stops at 0
    /// when it has run over.
    fn is_telling(self, number: u64) -> bool {
        matches!(self, Self::Freed(_)) || number & u64::from(u32::MAX) != 0
    }
}
