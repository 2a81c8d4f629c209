//! A thread's data stack: the chunks of memory in which most of its frames lie.

use super::bytes::word;
use super::memory::Memory;
use crate::limits;

/// One chunk (`_PyStackChunk`, cpython/pystate.h: previous, size, top, then the frames).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) address: u64,
    size: u64,
    /// Bytes from the start that are worth reading, by what the last looks found in it.
    pub(super) used: usize,
    /// By what the very last did; 0 when none has been looked through.
    needed: usize,
}

/// The chunks of one thread as last seen, innermost first.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    list: Vec<Chunk>,
}

/// Where the frames of a chunk begin.
pub(super) const HEADER: usize = 24;

/// Read beyond the innermost frame's header: its slots, and frames pushed since the last look.
const SLACK: usize = 1024;
/// And beyond the last one of the other chunks.
const SLOTS: usize = 512;
/// The part of what is no longer needed that is let go of from look to look: a stack that has been
/// deeper will be so again.
const RELAXED: usize = 32;

impl Chunks {
    /// Those in which frames were found, and the innermost, from the outer end to the inner.
    pub(super) fn worth_reading(&self) -> impl Iterator<Item = &Chunk> {
        let is_worth = |(index, chunk): &(usize, &Chunk)| *index == 0 || chunk.used > HEADER;
        self.list.iter().enumerate().filter(is_worth).map(|(_, chunk)| chunk).rev()
    }

    /// Whether the innermost chunk is the one at `address` (0: there is none).
    pub(super) fn starts_at(&self, address: u64) -> bool {
        self.list.first().map_or(0, |chunk| chunk.address) == address
    }

    /// Follows the chain from `address` until it reaches chunks that are known. `None` when the
    /// chain makes no sense.
    pub(super) fn follow<M: Memory>(&mut self, memory: &M, mut address: u64) -> Option<()> {
        let mut fresh = Vec::new();
        while address != 0 {
            if let Some(known) = self.list.iter().position(|chunk| chunk.address == address) {
                self.list.drain(..known);
                self.list.splice(0..0, fresh);
                return Some(());
            }
            if fresh.len() >= limits::STACK_CHUNKS {
                return None;
            }
            let mut header = [0; HEADER];
            memory.read(address, &mut header).ok()?;
            let size = word(&header, 8).filter(|&size| size >= HEADER as u64)?;
            let readable = size.min(limits::STACK_CHUNK_BYTES as u64);
            let used = usize::try_from(readable).ok()?;
            fresh.push(Chunk { address, size, used, needed: 0 });
            address = word(&header, 0)?;
        }
        self.list = fresh;
        Some(())
    }

    /// The index of the chunk in which `address` lies, looked for from index `near` on.
    pub(super) fn holding(&self, address: u64, near: usize) -> Option<usize> {
        let mut order = (near..self.list.len()).chain(0..near.min(self.list.len()));
        order.find(|&index| {
            let chunk = &self.list[index];
            address.checked_sub(chunk.address).is_some_and(|offset| offset < chunk.size)
        })
    }

    /// Whether a frame at `address` is the first that the thread ever pushed. A thread's first chunk
    /// leaves one slot out, so that it is never empty and let go of (`push_chunk`, pystate.c).
    pub(super) fn begins_at(&self, address: u64) -> bool {
        self.list.last().is_some_and(|oldest| address == oldest.address + HEADER as u64 + 8)
    }

    /// Takes note of how far up each chunk frames were found; `ends` has an address for each.
    pub(super) fn fit(&mut self, ends: &[u64]) {
        for (index, (chunk, &end)) in self.list.iter_mut().zip(ends).enumerate() {
            let used = usize::try_from(end.saturating_sub(chunk.address)).unwrap_or(usize::MAX);
            let most = chunk.size.min(limits::STACK_CHUNK_BYTES as u64);
            let most = usize::try_from(most).unwrap_or(HEADER);
            let slack = match (index, end) {
                (0, _) => SLACK,
                (_, 0) => 0,
                _ => SLOTS,
            };
            let is_fresh = chunk.needed == 0;
            chunk.needed = used.saturating_add(slack).max(HEADER).min(most);
            chunk.used = match index {
                0 if !is_fresh => chunk.used.max(chunk.needed),
                _ => chunk.needed,
            };
        }
    }

    /// Asks for a little less of the innermost chunk than before, if so much is not needed.
    pub(super) fn relax(&mut self) {
        if let Some(chunk) = self.list.first_mut().filter(|chunk| chunk.needed > 0) {
            chunk.used -= (chunk.used - chunk.needed).div_ceil(RELAXED);
        }
    }

    /// Where the chunk at `index` ends.
    pub(super) fn end(&self, index: usize) -> u64 {
        self.list.get(index).map_or(0, |chunk| chunk.address.saturating_add(chunk.size))
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}
