//! The outer part of a stack that is, byte for byte, as it was when it was last accepted: it need not
//! be judged again.

use super::batch::Batch;
use super::chain::RawFrame;
use super::snapshot::Snapshot;
use crate::limits;

/// The last stack that was accepted but for its innermost frame, and the bytes it was read from.
#[derive(Debug, Default)]
pub(super) struct Steady {
    /// Leaf first, as found.
    frames: Vec<RawFrame>,
    /// What belongs to each, its slots included, outermost first.
    extents: Vec<Extent>,
    stretches: Vec<Stretch>,
    /// Address of the frame that was innermost.
    leaf: u64,
    /// Frames from the outer end up to the first that did not tell what it had called.
    untold_at: Option<usize>,
}

/// Where a frame is in its stretch, and up to where that has to be unchanged for the frame to be.
#[derive(Debug, Clone, Copy)]
struct Extent {
    stretch: usize,
    start: usize,
    end: usize,
}

/// Bytes of the target, from an address on.
#[derive(Debug)]
struct Stretch {
    address: u64,
    bytes: Vec<u8>,
}

/// Stretches that are kept, and among which they are sought in the next look.
const STRETCHES: usize = 64;
/// Bytes that are compared at a time.
const BLOCK: usize = 256;

impl Steady {
    /// How many of the outermost frames stand in `whole` as they stood, with their slots.
    pub(super) fn count(&self, batch: &Batch, whole: &Snapshot) -> usize {
        let same = |stretch: &Stretch| {
            let now = whole.stretch(batch, stretch.address, STRETCHES).unwrap_or_default();
            common_prefix(&stretch.bytes, now)
        };
        let same: Vec<usize> = self.stretches.iter().map(same).collect();
        self.extents.iter().take_while(|extent| extent.end <= same[extent.stretch]).count()
    }

    /// So many of the outermost frames, leaf first.
    pub(super) fn outermost(&self, count: usize) -> &[RawFrame] {
        &self.frames[self.frames.len() - count..]
    }

    /// How far from the outer end the first of so many of the outermost frames is that did not tell
    /// that it had called the next of them.
    pub(super) fn untold_among(&self, count: usize) -> Option<usize> {
        self.untold_at.filter(|&at| at < count)
    }

    /// Keeps a stack that was accepted: `found`, leaf first, as read in `whole`. So many as `count` of
    /// the outermost are kept already, and `untold_at` frames from the outer end is the first that did
    /// not tell that it had called the next.
    pub(super) fn accept(
        &mut self,
        (batch, whole): (&Batch, &Snapshot),
        found: &[RawFrame],
        (count, untold_at): (usize, Option<usize>),
    ) {
        self.untold_at = untold_at;
        let leaf = found.first().map_or(0, |leaf| leaf.address);
        let are_kept = count == self.frames.len() && count + 1 == found.len();
        if are_kept && leaf == self.leaf {
            return;
        }
        self.leaf = leaf;
        self.stretches.clear();
        self.extents.clear();
        self.measure(whole, found);
        self.bound();
        for (index, stretch) in self.stretches.iter_mut().enumerate() {
            let own = self.extents.iter().rfind(|extent| extent.stretch == index);
            let now = whole.stretch(batch, stretch.address, STRETCHES).unwrap_or_default();
            stretch.bytes.extend_from_slice(own.and_then(|own| now.get(..own.end)).unwrap_or(&[]));
        }
        self.frames.clear();
        self.frames.extend_from_slice(&found[found.len() - self.extents.len()..]);
    }

    /// Finds out what belongs to each frame, from the outer end on, as long as one leads to the next.
    fn measure(&mut self, whole: &Snapshot, found: &[RawFrame]) {
        let mut frames = found.iter().rev().peekable();
        while let Some(frame) = frames.next() {
            let Some(place) = whole.place(frame.address) else { return };
            let known = self.stretches.iter().rposition(|it| it.address == place.stretch);
            if let Some(known) = known
                && let Some(before) = self.extents.iter_mut().rfind(|it| it.stretch == known)
            {
                if place.offset <= before.start {
                    return;
                }
                before.end = place.offset;
            }
            // The innermost frame runs, and is judged every time.
            let leads_on = frames.peek().is_some_and(|it| it.header.previous == frame.address);
            if !leads_on || frame.is_late || self.stretches.len() == STRETCHES {
                return;
            }
            let stretch = known.unwrap_or_else(|| {
                self.stretches.push(Stretch { address: place.stretch, bytes: Vec::new() });
                self.stretches.len() - 1
            });
            self.extents.push(Extent { stretch, start: place.offset, end: place.length });
        }
    }

    /// Lets go of the inner frames of a stack that takes more memory than is worth it.
    fn bound(&mut self) {
        let mut ends = vec![0; self.stretches.len()];
        let mut total = 0;
        let fits = |extent: &&Extent| {
            total += extent.end - ends[extent.stretch];
            ends[extent.stretch] = extent.end;
            total <= limits::STEADY_BYTES
        };
        let fitting = self.extents.iter().take_while(fits).count();
        self.extents.truncate(fitting);
    }
}

/// Bytes at the beginning that are the same in both.
fn common_prefix(these: &[u8], those: &[u8]) -> usize {
    let blocks = these.chunks(BLOCK).zip(those.chunks(BLOCK));
    let blocks = blocks.take_while(|(this, that)| this == that).count();
    let same = (blocks * BLOCK).min(these.len());
    let rest = these[same..].iter().zip(&those[same..]);
    same + rest.take_while(|(this, that)| this == that).count()
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::super::snapshot::Header;
    use super::*;

    const CHUNK: u64 = 0x1000;
    const GENERATOR: u64 = 0x8000;
    const FRAME: u64 = 100;

    /// Frames at these addresses, outermost first, each called by the one before; leaf first.
    fn stack(addresses: &[u64]) -> Vec<RawFrame> {
        let mut previous = 0;
        let frame = |&address: &u64| RawFrame {
            address,
            header: Header { previous: std::mem::replace(&mut previous, address), ..Header::NONE },
            is_late: false,
        };
        let mut stack: Vec<RawFrame> = addresses.iter().map(frame).collect();
        stack.reverse();
        stack
    }

    fn in_chunk(count: u64) -> Vec<u64> {
        (0..count).map(|nth| CHUNK + 32 + nth * FRAME).collect()
    }

    fn memory(chunk: usize) -> FakeMemory {
        let bytes = |length: usize| (0..=255).cycle().take(length).collect();
        FakeMemory::new([(CHUNK, bytes(chunk)), (GENERATOR, bytes(80))])
    }

    fn read(memory: &FakeMemory, stretches: &[(u64, usize)]) -> (Batch, Snapshot) {
        let (mut batch, mut whole) = (Batch::default(), Snapshot::default());
        for &(address, length) in stretches {
            batch.fence();
            whole.add(&mut batch, address, length);
        }
        batch.run(memory).unwrap();
        (batch, whole)
    }

    /// How many frames of `addresses` are as they were once `change` has been made.
    fn steady_after(addresses: &[u64], change: impl FnOnce(&mut FakeMemory)) -> usize {
        let mut memory = memory(600);
        let stretches = [(CHUNK, 600), (GENERATOR, 80)];
        let (batch, whole) = read(&memory, &stretches);
        let mut steady = Steady::default();
        steady.accept((&batch, &whole), &stack(addresses), (0, None));
        change(&mut memory);
        let (batch, whole) = read(&memory, &stretches);
        let count = steady.count(&batch, &whole);
        let found = stack(addresses);
        let outermost = steady.outermost(count).iter().zip(&found[found.len() - count..]);
        assert!(outermost.into_iter().all(|(kept, found)| kept.address == found.address));
        count
    }

    #[test]
    fn frames_outside_of_a_change_are_as_they_were() {
        let frames = in_chunk(5);
        assert_eq!(steady_after(&frames, |_| ()), 4, "all but the innermost");
        let changed = |place: u64| steady_after(&frames, |memory| memory.put(place, &[1]));
        assert_eq!(changed(frames[4]), 4, "the innermost");
        assert_eq!(changed(frames[3] - 1), 2, "the last slot of the third");
        assert_eq!(changed(frames[2] + 50), 2);
        assert_eq!(changed(frames[0]), 0);
        assert_eq!(changed(CHUNK), 0, "what comes before the first frame");
    }

    #[test]
    fn a_generator_lies_elsewhere() {
        let mut frames = in_chunk(3);
        frames.insert(2, GENERATOR + 8);
        let changed = |place: u64| steady_after(&frames, |memory| memory.put(place, &[1]));
        assert_eq!(changed(CHUNK + 599), 3);
        assert_eq!(changed(GENERATOR + 79), 2, "its last slot");
        assert_eq!(changed(frames[1] + 40), 1, "its caller");
    }

    #[test]
    fn only_what_leads_on_is_kept() {
        let mut memory = memory(600);
        let mut found = stack(&in_chunk(5));
        found[2].header.previous = 0;
        let (batch, whole) = read(&memory, &[(CHUNK, 600)]);
        let mut steady = Steady::default();
        steady.accept((&batch, &whole), &found, (0, None));
        assert_eq!(steady.count(&batch, &whole), 1);
        memory.put(CHUNK + 599, &[1]);
        let (batch, whole) = read(&memory, &[(GENERATOR, 80)]);
        assert_eq!(steady.count(&batch, &whole), 0, "its chunk was not read");
    }

    #[test]
    fn what_is_kept_of_a_deep_stack_is_bounded() {
        let frames = in_chunk(2 * limits::STEADY_BYTES as u64 / FRAME);
        let length = 3 * limits::STEADY_BYTES;
        let (batch, whole) = read(&memory(length), &[(CHUNK, length)]);
        let mut steady = Steady::default();
        steady.accept((&batch, &whole), &stack(&frames), (0, None));
        let bytes: usize = steady.stretches.iter().map(|stretch| stretch.bytes.len()).sum();
        assert!((limits::STEADY_BYTES - 200..=limits::STEADY_BYTES).contains(&bytes), "{bytes}");
        let count = steady.count(&batch, &whole);
        assert!((600..frames.len()).contains(&count), "{count}");
    }

    #[test]
    fn so_many_stretches_are_kept() {
        let frames: Vec<u64> = (0..2 * STRETCHES as u64).map(|nth| 0x10_000 * (nth + 1)).collect();
        let memory = FakeMemory::new(frames.iter().map(|&it| (it, vec![1; 80])));
        let stretches: Vec<(u64, usize)> = frames.iter().map(|&it| (it, 80)).collect();
        let (batch, whole) = read(&memory, &stretches);
        let mut steady = Steady::default();
        steady.accept((&batch, &whole), &stack(&frames), (0, None));
        assert_eq!(steady.count(&batch, &whole), STRETCHES);
    }

    #[test]
    fn where_a_call_was_not_told_is_remembered_as_far_as_it_is_steady() {
        let (batch, whole) = read(&memory(600), &[(CHUNK, 600)]);
        let mut steady = Steady::default();
        steady.accept((&batch, &whole), &stack(&in_chunk(5)), (0, Some(2)));
        assert_eq!([1, 2, 3].map(|count| steady.untold_among(count)), [None, None, Some(2)]);
    }

    #[test]
    fn a_prefix_is_found_to_the_byte() {
        let bytes: Vec<u8> = (0..=255).cycle().take(700).collect();
        for at in [0, 1, 255, 256, 257, 511, 512, 699] {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert_eq!(common_prefix(&bytes, &other), at);
        }
        assert_eq!(common_prefix(&bytes, &bytes[..600]), 600);
        assert_eq!(common_prefix(&bytes[..600], &bytes), 600);
        assert_eq!(common_prefix(&[], &bytes), 0);
    }
}
