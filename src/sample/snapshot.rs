//! Bytes of a thread's stack as one batch read them.

use std::cell::Cell;

use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::layout::{FrameLayout, OWNED_BY_GENERATOR, SHIMS, StackTop};

/// The bits of a `_PyStackRef` that are not the object's address (pycore_stackref.h, 3.14); before,
/// it was a plain pointer, which has none of them either.
const TAG: u64 = 7;

/// The object that a slot of a frame refers to; 0 for none.
pub(super) fn untagged(slot: u64) -> u64 {
    slot & !TAG
}

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
    /// The function that it runs; 0 for a frame that has been left (3.14).
    pub(super) function: u64,
    pub(super) stack_end: StackEnd,
}

/// Where a frame's value stack ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StackEnd {
    /// It runs, and does not say.
    Running,
    /// At this slot.
    Slot(u32),
    /// At this address, now or when it last said so.
    At(u64),
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
        function: 0,
        stack_end: StackEnd::Running,
    };

    pub(super) fn parse(bytes: &[u8], layout: &FrameLayout) -> Option<Self> {
        let owner = *bytes.get(layout.owner)?;
        Some(Self {
            code: untagged(word(bytes, layout.code)?),
            previous: word(bytes, layout.previous)?,
            instruction: word(bytes, layout.instruction)?,
            owner,
            copy: layout.copy.map_or(Some(0), |copy| half_word(bytes, copy))?,
            is_entry: match layout.is_entry {
                Some(flag) => *bytes.get(flag)? == 1,
                None => SHIMS.contains(&owner),
            },
            function: untagged(word(bytes, layout.function)?),
            stack_end: match layout.stack_top {
                StackTop::Count(at) => match half_word(bytes, at)?.cast_signed() {
                    ..0 => StackEnd::Running,
                    count => StackEnd::Slot(count.cast_unsigned()),
                },
                StackTop::Pointer(at) => StackEnd::At(word(bytes, at)?),
            },
        })
    }

    /// Whether this is a shim, not a Python function's frame.
    pub(super) fn is_shim(&self) -> bool {
        SHIMS.contains(&self.owner)
    }

    /// Whether it is a generator's or coroutine's, which lies in that object.
    pub(super) fn is_in_generator(&self) -> bool {
        self.owner == OWNED_BY_GENERATOR
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

/// Where an address is in what was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Address of its stretch.
    pub(super) stretch: u64,
    pub(super) offset: usize,
    /// Of the stretch.
    pub(super) length: usize,
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
        Header::parse(self.from(batch, address, layout.header)?.get(..layout.header)?, layout)
    }

    /// Where the stretches begin.
    pub(super) fn starts(&self) -> impl Iterator<Item = u64> {
        self.slots.iter().map(|&(start, ..)| start)
    }

    /// What the slot at `address` refers to, if it was read.
    pub(super) fn object(&self, batch: &Batch, address: u64) -> Option<u64> {
        Some(untagged(word(self.from(batch, address, 8)?, 0)?))
    }

    /// All that was read from `address` on in one stretch, if it is `length` bytes or more.
    pub(super) fn from<'b>(
        &self,
        batch: &'b Batch,
        address: u64,
        length: usize,
    ) -> Option<&'b [u8]> {
        let (start, _, slot) = self.holding(address, length)?;
        batch.bytes(slot)?.get(usize::try_from(address - start).ok()?..)
    }

    /// Where `address` is, if it was asked for.
    pub(super) fn place(&self, address: u64) -> Option<Place> {
        let (stretch, end, _) = self.holding(address, 1)?;
        let offset = |address: u64| usize::try_from(address - stretch).ok();
        Some(Place { stretch, offset: offset(address)?, length: offset(end)? })
    }

    /// The stretch from `start` on, if it is among the first so many and was read.
    pub(super) fn stretch<'b>(
        &self,
        batch: &'b Batch,
        start: u64,
        among: usize,
    ) -> Option<&'b [u8]> {
        let &(.., slot) = self.slots.iter().take(among).find(|&&(address, ..)| address == start)?;
        batch.bytes(slot)
    }

    fn holding(&self, address: u64, length: usize) -> Option<(u64, u64, Slot)> {
        let end = address.checked_add(length as u64)?;
        let holds = |&(start, stop, _): &(u64, u64, Slot)| start <= address && end <= stop;
        let near = self.last.get();
        let index = match self.slots.get(near).is_some_and(holds) {
            true => near,
            false => self.slots.iter().position(holds)?,
        };
        self.last.set(index);
        Some(self.slots[index])
    }
}
