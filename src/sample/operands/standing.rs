//! Whether a frame that was met is still on its thread's stack, told by the same read as what was
//! found in it: the memory of a frame that was left keeps its words for a while, and they lead to
//! objects that are freed or others by then.

use super::batch::{Batch, Ticket};
use crate::sample::chain::{RawFrame, read_header};
use crate::sample::layout::{self, CurrentFrame};
use crate::sample::memory::Memory;
use crate::sample::snapshot::Header;

/// Calls made since, at other places, that are followed: a library is that deep in its next call when
/// the look at who calls it is over.
const NEW_CALLS: usize = 16;

/// A frame, and what was on top of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::sample) struct Standing<'a> {
    /// Of the walker.
    pub(in crate::sample) layout: &'a layout::Layout,
    /// Address of the thread state.
    pub(in crate::sample) thread: u64,
    /// The `_PyCFrame` that it pointed to when the stack was read (3.11, 3.12).
    pub(in crate::sample) cframe: u64,
    /// From the innermost frame outwards to the one in question, which comes last.
    pub(in crate::sample) frames: &'a [RawFrame],
}

/// What was asked for.
pub(super) struct Wanted {
    innermost: Innermost,
    headers: Vec<Ticket>,
}

/// What leads to the thread's innermost frame.
enum Innermost {
    Direct(Ticket),
    /// The pointer to the `_PyCFrame`, what is in the one that it pointed to before, and where in them
    /// that is.
    ThroughCframe {
        pointer: Ticket,
        before: Ticket,
        current_frame: u64,
    },
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
        let innermost = match self.layout.thread.current_frame {
            CurrentFrame::Direct(offset) => {
                Innermost::Direct(batch.want(self.thread.wrapping_add(offset as u64), 8))
            }
            CurrentFrame::ThroughCframe { pointer, current_frame, .. } => {
                Innermost::ThroughCframe {
                    pointer: batch.want(self.thread.wrapping_add(pointer as u64), 8),
                    before: batch.want(self.cframe.wrapping_add(current_frame), 8),
                    current_frame,
                }
            }
        };
        Wanted {
            innermost,
            headers: self.frames.iter().map(|it| batch.want(it.address, length)).collect(),
        }
    }

    /// Whether the frame in question is met on the way outwards from the innermost, and is the call that
    /// it was.
    pub(super) fn holds<M: Memory>(&self, memory: &M, batch: &Batch, wanted: &Wanted) -> bool {
        let header = |ticket| Header::parse(batch.bytes(ticket)?, &self.layout.frame);
        let (Some(asked), Some(&now)) = (self.frame(), wanted.headers.last()) else { return false };
        let Some(mut address) = self.innermost(memory, batch, &wanted.innermost) else {
            return false;
        };
        let mut new_calls = 0;
        for _ in 0..self.frames.len() + NEW_CALLS {
            if address == asked.address {
                return header(now).is_some_and(|it| it.continues(&asked.header, true));
            }
            let known = self.frames.iter().position(|it| it.address == address);
            new_calls += usize::from(known.is_none());
            let met = match known {
                Some(index) => header(wanted.headers[index]),
                None if new_calls > NEW_CALLS => None,
                None => read_header(memory, self.layout, address),
            };
            let Some(met) = met else { return false };
            address = met.previous;
        }
        false
    }

    /// The same, read by itself.
    pub(in crate::sample) fn still_holds<M: Memory>(&self, memory: &M) -> bool {
        let mut batch = Batch::default();
        let wanted = self.want(&mut batch);
        batch.read(memory).is_ok() && self.holds(memory, &batch, &wanted)
    }

    /// Where the thread's innermost frame is. Another `_PyCFrame` than before is read only now: if it
    /// was left meanwhile, what is in it leads to no frame of the stack.
    fn innermost<M: Memory>(
        &self,
        memory: &M,
        batch: &Batch,
        innermost: &Innermost,
    ) -> Option<u64> {
        let (cframe, before, current_frame) = match *innermost {
            Innermost::Direct(pointer) => return batch.word(pointer),
            Innermost::ThroughCframe { pointer, before, current_frame } => {
                (batch.word(pointer)?, before, current_frame)
            }
        };
        if cframe == self.cframe {
            return batch.word(before);
        }
        let mut word = [0; 8];
        memory.read(cframe.wrapping_add(current_frame), &mut word).ok()?;
        Some(u64::from_le_bytes(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::fake::FakeMemory;
    use crate::sample::layout::PYTHON_3_12;

    const THREAD: u64 = 0x1000;
    /// `tstate->cframe`.
    const POINTER: u64 = THREAD + 56;
    /// What is in it first is `current_frame`.
    const CFRAME: u64 = 0x1800;
    const OTHER_CFRAME: u64 = 0x1900;
    /// Three frames, each called by the one before.
    const FRAMES: [u64; 3] = [0x2000, 0x2100, 0x2200];
    const CALLED: u64 = 0x3000;

    fn called(nth: usize) -> u64 {
        CALLED + 0x100 * nth as u64
    }

    /// A thread whose innermost frame is the third.
    fn memory() -> FakeMemory {
        let called = (0..=NEW_CALLS).map(called);
        let places = FRAMES.into_iter().chain(called).map(|address| (address, vec![0; 80]));
        let cframes = [CFRAME, OTHER_CFRAME].map(|address| (address, vec![0; 16]));
        let thread = [(THREAD, vec![0; 64])];
        let mut memory = FakeMemory::new(places.chain(cframes).chain(thread));
        memory.put(POINTER, &CFRAME.to_le_bytes());
        call(&mut memory, FRAMES[0], 0);
        call(&mut memory, FRAMES[1], FRAMES[0]);
        call(&mut memory, FRAMES[2], FRAMES[1]);
        memory
    }

    fn call(memory: &mut FakeMemory, address: u64, previous: u64) {
        let layout = &PYTHON_3_12.frame;
        memory.put(address + layout.code as u64, &(address ^ 1 << 20).to_le_bytes());
        memory.put(address + layout.previous as u64, &previous.to_le_bytes());
        memory.put(CFRAME, &address.to_le_bytes());
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
        let (thread, cframe) = (THREAD, CFRAME);
        let stack = Standing { layout: &PYTHON_3_12, thread, cframe, frames: &frames };
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
        let left = |memory: &mut FakeMemory| memory.put(CFRAME, &FRAMES[1].to_le_bytes());
        assert_eq!([0, 1, 2].map(|depth| stands(depth, left)), [false, true, true]);
    }

    #[test]
    fn what_called_others_since_stands() {
        let calls = |count: usize| {
            move |memory: &mut FakeMemory| {
                let mut previous = FRAMES[2];
                for address in (0..count).map(called) {
                    call(memory, address, previous);
                    previous = address;
                }
            }
        };
        let met = [1, 2, NEW_CALLS, NEW_CALLS + 1].map(|count| stands(0, calls(count)));
        assert_eq!(met, [true, true, true, false], "more are not followed");
    }

    #[test]
    fn what_is_left_in_the_cframe_of_a_call_that_is_over_is_not_believed() {
        let innermost = |frame: u64| {
            move |memory: &mut FakeMemory| {
                memory.put(POINTER, &OTHER_CFRAME.to_le_bytes());
                memory.put(OTHER_CFRAME, &frame.to_le_bytes());
            }
        };
        let stand = |frame| [0, 1, 2].map(|depth| stands(depth, innermost(frame)));
        assert_eq!(stand(FRAMES[2]), [true, true, true]);
        assert_eq!(stand(FRAMES[1]), [false, true, true]);
        assert_eq!(stand(0xdead_0000), [false, false, false]);
    }

    #[test]
    fn another_call_in_the_same_place_does_not_stand_but_who_made_both_does() {
        let other = |memory: &mut FakeMemory| {
            call(memory, FRAMES[2], FRAMES[1]);
            memory.put(FRAMES[2] + PYTHON_3_12.frame.code as u64, &1_u64.to_le_bytes());
        };
        assert_eq!([0, 1, 2].map(|depth| stands(depth, other)), [false, true, true]);
        let without_its_maker = |memory: &mut FakeMemory| call(memory, FRAMES[2], FRAMES[0]);
        let stand = [0, 1, 2].map(|depth| stands(depth, without_its_maker));
        assert_eq!(stand, [false, false, true]);
    }

    #[test]
    fn frames_that_call_each_other_in_a_circle_end() {
        let circle = |memory: &mut FakeMemory| call(memory, FRAMES[1], FRAMES[2]);
        assert!(!stands(2, circle));
    }
}
