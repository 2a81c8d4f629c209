//! Whether a frame that was met is still on its thread's stack, told by the same read as what was
//! found in it: the memory of a frame that was left keeps its words for a while, and they lead to
//! objects that are freed or others by then.

use super::batch::{Batch, Ticket};
use crate::sample::chain::{RawFrame, read_header};
use crate::sample::layout;
use crate::sample::memory::Memory;
use crate::sample::snapshot::Header;

/// Calls made since that are followed: a function of Python, and one that C code called for it, with
/// the shim between both.
const NEW_CALLS: usize = 3;

/// A frame, and what was on top of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::sample) struct Standing<'a> {
    /// Of the walker.
    pub(in crate::sample) layout: &'a layout::Layout,
    /// Where the pointer to the thread's innermost frame is.
    pub(in crate::sample) innermost: u64,
    /// From the innermost frame outwards to the one in question, which comes last.
    pub(in crate::sample) frames: &'a [RawFrame],
}

/// What was asked for.
pub(super) struct Wanted {
    innermost: Ticket,
    headers: Vec<Ticket>,
}

impl Standing<'_> {
    /// The same for a frame on top of that one: that at `depth`, from 0 for the innermost.
    pub(in crate::sample) fn down_to(self, depth: usize) -> Self {
        let frames = self.frames.get(..=depth).unwrap_or(self.frames);
        Self { frames, ..self }
    }

    /// The frame in question.
    pub(in crate::sample) fn frame(&self) -> Option<&RawFrame> {
        self.frames.last()
    }

    pub(super) fn want(&self, batch: &mut Batch) -> Wanted {
        let length = self.layout.frame.header;
        Wanted {
            innermost: batch.want(self.innermost, 8),
            headers: self.frames.iter().map(|it| batch.want(it.address, length)).collect(),
        }
    }

    /// Whether the innermost frame is one of those on top, or was called by one, and from there on all
    /// are the calls they were.
    pub(super) fn holds<M: Memory>(&self, memory: &M, batch: &Batch, wanted: &Wanted) -> bool {
        let Some(innermost) = batch.word(wanted.innermost) else { return false };
        let Some(first) = self.first_met(memory, innermost) else { return false };
        let header = |ticket| Header::parse(batch.bytes(ticket)?, &self.layout.frame);
        let mut now = self.frames.iter().zip(&wanted.headers).skip(first);
        now.all(|(frame, &ticket)| {
            header(ticket).is_some_and(|it| it.continues(&frame.header, true))
        })
    }

    /// The same, read by itself.
    pub(in crate::sample) fn still_holds<M: Memory>(&self, memory: &M) -> bool {
        let mut batch = Batch::default();
        let wanted = self.want(&mut batch);
        batch.read(memory).is_ok() && self.holds(memory, &batch, &wanted)
    }

    /// The index of the first frame that is met on the way outwards from `innermost`, if that is not
    /// more than a few calls away.
    fn first_met<M: Memory>(&self, memory: &M, innermost: u64) -> Option<usize> {
        let mut address = innermost;
        for call in 0..=NEW_CALLS {
            if call > 0 {
                address = read_header(memory, self.layout, address)?.previous;
            }
            let met = self.frames.iter().position(|it| it.address == address);
            if met.is_some() {
                return met;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::fake::FakeMemory;
    use crate::sample::layout::PYTHON_3_12;

    const INNERMOST: u64 = 0x1000;
    /// Three frames, each called by the one before.
    const FRAMES: [u64; 3] = [0x2000, 0x2100, 0x2200];
    const CALLED: [u64; 4] = [0x3000, 0x3100, 0x3200, 0x3300];

    /// A thread whose innermost frame is the third.
    fn memory() -> FakeMemory {
        let places = FRAMES.iter().chain(&CALLED).map(|&address| (address, vec![0; 80]));
        let mut memory = FakeMemory::new(places.chain([(INNERMOST, vec![0; 8])]));
        call(&mut memory, FRAMES[0], 0);
        call(&mut memory, FRAMES[1], FRAMES[0]);
        call(&mut memory, FRAMES[2], FRAMES[1]);
        memory
    }

    fn call(memory: &mut FakeMemory, address: u64, previous: u64) {
        let layout = &PYTHON_3_12.frame;
        memory.put(address + layout.code as u64, &(address ^ 1 << 20).to_le_bytes());
        memory.put(address + layout.previous as u64, &previous.to_le_bytes());
        memory.put(INNERMOST, &address.to_le_bytes());
    }

    /// Whether the frame at `depth` of that stack stands after the change.
    fn stands(depth: usize, change: impl Fn(&mut FakeMemory)) -> bool {
        reads(depth, change).0
    }

    /// The same, and with how many reads that was found out.
    fn reads(depth: usize, change: impl Fn(&mut FakeMemory)) -> (bool, usize) {
        let mut memory = memory();
        let raw = |&address: &u64| RawFrame {
            address,
            header: read_header(&memory, &PYTHON_3_12, address).expect("a frame"),
            is_late: false,
        };
        let frames: Vec<RawFrame> = FRAMES.iter().rev().map(raw).collect();
        let stack = Standing { layout: &PYTHON_3_12, innermost: INNERMOST, frames: &frames };
        change(&mut memory);
        let before = memory.calls();
        (stack.down_to(depth).still_holds(&memory), memory.calls() - before)
    }

    #[test]
    fn what_nothing_happened_to_stands() {
        assert!((0..3).all(|depth| reads(depth, |_| {}) == (true, 1)));
    }

    #[test]
    fn a_frame_that_was_left_keeps_its_words_but_does_not_stand() {
        let left = |memory: &mut FakeMemory| memory.put(INNERMOST, &FRAMES[1].to_le_bytes());
        assert_eq!([0, 1, 2].map(|depth| stands(depth, left)), [false, true, true]);
    }

    #[test]
    fn what_called_a_few_others_since_stands() {
        let calls = |count: usize| {
            move |memory: &mut FakeMemory| {
                let mut previous = FRAMES[2];
                for &address in &CALLED[..count] {
                    call(memory, address, previous);
                    previous = address;
                }
            }
        };
        let met = [1, 2, 3, 4].map(|count| stands(0, calls(count)));
        assert_eq!(met, [true, true, true, false], "more are not followed");
    }

    #[test]
    fn another_call_in_the_same_place_does_not_stand() {
        let other = |memory: &mut FakeMemory| call(memory, FRAMES[2], FRAMES[0]);
        assert_eq!([0, 1, 2].map(|depth| stands(depth, other)), [false, false, false]);
    }
}
