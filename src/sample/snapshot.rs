//! Bytes of a thread's stack as one batch read them.

use std::cell::Cell;

use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::layout::{FrameLayout, OWNED_BY_GENERATOR, SHIMS};

/// The bits of a `_PyStackRef` that are not the object's address (pycore_stackref.h, 3.14); before,
/// it was a plain pointer, which has none of them either.
const TAG: u64 = 7;

/// The `stacktop` of a frame that does not wait for another: -1 (ceval.c, 3.11, 3.12).
const RUNNING: u32 = u32::MAX;

/// What a `_PyInterpreterFrame`'s header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) code: u64,
    pub(super) previous: u64,
    pub(super) instruction: u64,
    pub(super) owner: u8,
    /// Which copy of the code's instructions runs; 0 is the one in the code object.
    pub(super) copy: u32,
    /// Whether a C call begins here.
    pub(super) is_entry: bool,
    /// Whether it cannot be waiting for a Python function that it called, where the version tells.
    pub(super) runs: bool,
}

impl Header {
    /// Of no frame at all.
    pub(super) const NONE: Self = Self {
        code: 0,
        previous: 0,
        instruction: 0,
        owner: u8::MAX,
        copy: 0,
        is_entry: false,
        runs: false,
    };

    pub(super) fn parse(bytes: &[u8], layout: &FrameLayout) -> Option<Self> {
        let owner = *bytes.get(layout.owner)?;
        Some(Self {
            code: word(bytes, layout.code)? & !TAG,
            previous: word(bytes, layout.previous)?,
            instruction: word(bytes, layout.instruction)?,
            owner,
            copy: layout.copy.map_or(Some(0), |copy| half_word(bytes, copy))?,
            is_entry: match layout.is_entry {
                Some(flag) => *bytes.get(flag)? == 1,
                None => SHIMS.contains(&owner),
            },
            runs: layout.stack_top.map_or(Some(0), |top| half_word(bytes, top))? == RUNNING,
        })
    }

    /// Whether this is a shim, not a Python function's frame.
    pub(super) fn is_shim(&self) -> bool {
        SHIMS.contains(&self.owner)
    }

    /// Whether a stack can end here. A generator's frame that has no previous one is about to
    /// start or has just stopped: it ends no stack, even if a C call began with it.
    pub(super) fn is_base(&self) -> bool {
        self.is_entry && self.owner != OWNED_BY_GENERATOR
    }

    /// Whether both are the same call: the instruction may have moved on in a leaf only.
    pub(super) fn continues(&self, earlier: &Self, is_leaf: bool) -> bool {
        self.code == earlier.code
            && self.previous == earlier.previous
            && self.owner == earlier.owner
            && (is_leaf || self.instruction == earlier.instruction)
    }
}

/// Stretches of one batch in which frames can be looked up.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    slots: Vec<(u64, u64, Slot)>,
    /// Where the last frame was found: the next is mostly there too, or in the slot after it.
    last: Cell<usize>,
}

impl Snapshot {
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.last.set(0);
    }

    pub(super) fn add(&mut self, batch: &mut Batch, address: u64, length: usize) {
        let slot = batch.add_near(address, length);
        self.slots.push((address, address.saturating_add(length as u64), slot));
    }

    /// The header of the frame at `address`, if it was read.
    pub(super) fn header(
        &self,
        batch: &Batch,
        layout: &FrameLayout,
        address: u64,
    ) -> Option<Header> {
        let end = address.checked_add(layout.header as u64)?;
        let holds = |&(start, stop, _): &(u64, u64, Slot)| start <= address && end <= stop;
        let near = self.last.get();
        let index = match self.slots.get(near).is_some_and(holds) {
            true => near,
            false => self.slots.iter().position(holds)?,
        };
        self.last.set(index);
        let (start, _, slot) = self.slots[index];
        let offset = usize::try_from(address - start).ok()?;
        Header::parse(batch.bytes(slot)?.get(offset..offset + layout.header)?, layout)
    }
}
