//! Many small reads in a few system calls.

use crate::limits;
use crate::sample::batch;
use crate::sample::memory::{Memory, ReadError};

/// Addresses of user space are below this (x86-64, four-level page tables).
const USER_SPACE: u64 = 1 << 47;

/// Bytes that are mapped or unmapped together.
pub(super) const PAGE: u64 = 4096;

/// Reads to be done together, of addresses that the target gave: what cannot be one is not read.
#[derive(Debug, Default)]
pub(super) struct Batch {
    reads: batch::Batch,
    bytes: usize,
}

/// Names one stretch of a batch; `None` when it is not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket(Option<batch::Slot>);

impl Batch {
    /// Asks for `length` bytes at `address`. What cannot be an address, or does not fit into
    /// [`limits::BATCH_BYTES`], is not read.
    pub(super) fn want(&mut self, address: u64, length: usize) -> Ticket {
        let fits = length > 0 && length <= limits::BATCH_BYTES - self.bytes;
        Ticket((fits && is_address(address, length)).then(|| {
            self.bytes += length;
            self.reads.add(address, length)
        }))
    }

    /// Asks for up to `length` bytes whose end is not known: the next page may not be there, and
    /// then what lies before it is still read.
    pub(super) fn want_pages(&mut self, address: u64, length: usize) -> (Ticket, Ticket) {
        let here = within_page(address, length);
        (self.want(address, here), self.want(address.saturating_add(here as u64), length - here))
    }

    /// What was read of such a stretch.
    pub(super) fn joined(&self, (here, beyond): (Ticket, Ticket)) -> Vec<u8> {
        let here = self.bytes(here).unwrap_or_default();
        let beyond = if here.is_empty() { None } else { self.bytes(beyond) };
        [here, beyond.unwrap_or_default()].concat()
    }

    /// Reads everything that was asked for; stretches that cannot be read are left out.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(&mut self, memory: &M) -> Result<(), ReadError> {
        if self.bytes == 0 { Ok(()) } else { self.reads.run(memory) }
    }

    /// The bytes of a stretch, when it was read.
    pub(super) fn bytes(&self, ticket: Ticket) -> Option<&[u8]> {
        self.reads.bytes(ticket.0?)
    }

    /// The one word of a stretch of eight bytes, when it was read.
    pub(super) fn word(&self, ticket: Ticket) -> Option<u64> {
        self.bytes(ticket).map(|bytes| word_at(bytes, 0))
    }
}

/// Whether `length` bytes at `address` can be a stretch of a process's own memory.
fn is_address(address: u64, length: usize) -> bool {
    const LOWEST: u64 = 4096;
    address >= LOWEST && address.checked_add(length as u64).is_some_and(|end| end <= USER_SPACE)
}

/// Whether an object may lie there: objects are aligned to their pointers.
pub(super) fn is_object_address(address: u64) -> bool {
    address.is_multiple_of(8) && is_address(address, 16)
}

/// The word at `offset` of bytes whose layout has one there.
pub(super) fn word_at(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().expect("eight bytes"))
}

/// The half word at `offset` of bytes whose layout has one there.
pub(super) fn half_at(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("four bytes"))
}

/// How many of `length` bytes at `address` are on its own page.
pub(super) fn within_page(address: u64, length: usize) -> usize {
    length.min((PAGE - address % PAGE) as usize)
}
