//! From the innermost frame outwards, through what a look has read of a stack.

use super::batch::Batch;
use super::layout::Layout;
use super::memory::Memory;
use super::snapshot::{Header, Snapshot};
use crate::limits;

/// A frame that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawFrame {
    pub(super) address: u64,
    pub(super) header: Header,
}

/// What came of one look at a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The frames are one stack, as it stood at one instant. Whether it was cut at its outer end.
    Whole { truncated: bool },
    /// No Python function runs in the thread.
    Empty,
    /// Something was not where it was expected; it is now known where to look.
    Misplaced,
    /// The stack changed while it was read.
    Torn,
    /// The thread state could not be read or is no thread state.
    Senseless,
}

/// A stack as one batch read it, three times over.
pub(super) struct Views<'a> {
    pub(super) layout: &'a Layout,
    pub(super) batch: &'a Batch,
    /// All of it, read first.
    pub(super) whole: &'a Snapshot,
    /// Its innermost part, read between the two reads of the frame pointer.
    pub(super) first: &'a Snapshot,
    /// The same again.
    pub(super) second: &'a Snapshot,
}

impl Views<'_> {
    fn header(&self, view: &Snapshot, address: u64) -> Option<Header> {
        view.header(self.batch, &self.layout.frame, address)
    }

    /// Walks outwards from `leaf`: through the innermost frames as they were read twice, then
    /// through the rest, which is older but cannot have changed under frames that have not.
    pub(super) fn walk<M: Memory>(&self, memory: &M, leaf: u64, found: &mut Vec<RawFrame>) -> Look {
        let mut look = Look::Whole { truncated: false };
        let mut address = leaf;
        let mut in_window = true;
        let mut landmark = 0;
        while found.len() < limits::FRAMES {
            let is_leaf = found.is_empty();
            let header = match in_window.then(|| self.twice(address, is_leaf)) {
                Some(Twice::Same(header)) => header,
                Some(Twice::Different) => return Look::Torn,
                Some(Twice::Unread) | None => {
                    if in_window && !self.joins(found) {
                        look = if found.is_empty() { Look::Misplaced } else { Look::Torn };
                    }
                    in_window = false;
                    match self.header(self.whole, address) {
                        Some(header) => header,
                        None => {
                            look = look.worse(Look::Misplaced);
                            match read_header(memory, self.layout, address) {
                                Some(header) => header,
                                None => return Look::Torn,
                            }
                        }
                    }
                }
            };
            // A chain that was torn can lead back to itself: one address is kept and moved on
            // ever more rarely, so that every ring comes past it.
            if address == landmark {
                return Look::Torn;
            }
            if found.len().is_power_of_two() {
                landmark = address;
            }
            found.push(RawFrame { address, header });
            if header.previous == 0 {
                return if header.is_base() { look } else { Look::Torn };
            }
            address = header.previous;
        }
        look.worse(Look::Whole { truncated: true })
    }

    fn twice(&self, address: u64, is_leaf: bool) -> Twice {
        let first = self.header(self.first, address);
        let second = self.header(self.second, address);
        match (first, second) {
            (Some(first), Some(second)) if second.continues(&first, is_leaf) => Twice::Same(second),
            (Some(_), Some(_)) => Twice::Different,
            _ => Twice::Unread,
        }
    }

    /// Whether the outermost frame of the window was the same when the whole was read.
    fn joins(&self, found: &[RawFrame]) -> bool {
        found.last().is_some_and(|inner| {
            let earlier = self.header(self.whole, inner.address);
            earlier.is_some_and(|earlier| inner.header.continues(&earlier, found.len() == 1))
        })
    }
}

enum Twice {
    Same(Header),
    Different,
    Unread,
}

impl Look {
    fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole { truncated }, Self::Whole { truncated: also }) => {
                Self::Whole { truncated: truncated || also }
            }
            (Self::Whole { .. }, other) => other,
            (this, _) => this,
        }
    }
}

/// Reads one frame's header by itself.
pub(super) fn read_header<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<Header> {
    let mut bytes = [0; 256];
    let bytes = bytes.get_mut(..layout.frame.header)?;
    memory.read(address, bytes).ok()?;
    Header::parse(bytes, &layout.frame)
}
