//! From the innermost frame outwards, through what a look has read of a stack.

use std::collections::VecDeque;

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

impl RawFrame {
    /// Stands for the frames in the middle of a very deep stack.
    const GAP: Self = Self { address: 0, header: Header::NONE };

    /// Whether it stands for frames that were left out.
    pub(super) fn is_gap(&self) -> bool {
        self.address == 0
    }
}

/// Frames at the outer end of a very deep stack that are kept; the others of [`limits::FRAMES`] are
/// those at its inner end.
const OUTER_FRAMES: usize = limits::FRAMES / 4;
const INNER_FRAMES: usize = limits::FRAMES - OUTER_FRAMES;

/// What came of one look at a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The frames are one stack, as it stood at one instant. Whether some were left out.
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

/// A stack as one batch read it.
pub(super) struct Views<'a> {
    pub(super) layout: &'a Layout,
    pub(super) batch: &'a Batch,
    /// All of it, from the outer end to the inner.
    pub(super) whole: &'a Snapshot,
    /// Its innermost part again, right afterwards.
    pub(super) again: &'a Snapshot,
    /// The frame in the thread state at which every stack ends, where the version has one.
    pub(super) base: Option<u64>,
    pub(super) root: Option<Root>,
}

/// The outer end of a thread's stack: its first frame, and the shim that it was called from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) first: u64,
    pub(super) shim: u64,
}

/// A walk on its way outwards.
struct Walk {
    look: Look,
    /// The next frame; 0 at the end.
    address: u64,
    in_window: bool,
    /// A chain that was torn can lead back to itself: one address is kept and moved on ever more
    /// rarely, so that every ring comes past it.
    milestone: u64,
    steps: usize,
    /// Whether the last frame was called by a Python function, without C code between the two.
    is_called: bool,
}

impl Walk {
    fn from(leaf: u64) -> Self {
        let look = Look::Whole { truncated: false };
        Self { look, address: leaf, in_window: true, milestone: 0, steps: 0, is_called: false }
    }

    fn leave_out_frames(&mut self, found: &mut Vec<RawFrame>) {
        found.push(RawFrame::GAP);
        self.is_called = false;
        self.look = self.look.worse(Look::Whole { truncated: true });
    }

    fn step(&mut self, frame: &RawFrame) -> Result<(), Look> {
        // What seems to have been called by a frame that waits for nobody was left behind by an earlier
        // call, in the place of the one that is about to begin.
        let is_left_behind = self.is_called && frame.header.runs;
        if is_left_behind || frame.address == self.milestone {
            return Err(Look::Torn);
        }
        self.is_called = !frame.header.is_entry;
        if self.steps.is_power_of_two() {
            self.milestone = frame.address;
        }
        self.steps += 1;
        self.address = frame.header.previous;
        if self.address == 0 && !frame.header.is_base() {
            return Err(Look::Torn);
        }
        Ok(())
    }
}

impl Views<'_> {
    fn header(&self, view: &Snapshot, address: u64) -> Option<Header> {
        view.header(self.batch, &self.layout.frame, address)
    }

    /// Walks outwards from `leaf`: through the innermost frames as they were read twice, then
    /// through the rest, which cannot have changed under frames that have not. Of a very deep stack
    /// the middle is left out; `landmark` is where its outer end was found to begin.
    pub(super) fn walk<M: Memory>(
        &self,
        memory: &M,
        leaf: u64,
        landmark: &mut Option<RawFrame>,
        found: &mut Vec<RawFrame>,
    ) -> Look {
        let mut walk = Walk::from(leaf);
        match self.walk_deep(memory, &mut walk, landmark, found) {
            Ok(()) => walk.look,
            Err(look) => look,
        }
    }

    fn walk_deep<M: Memory>(
        &self,
        memory: &M,
        walk: &mut Walk,
        landmark: &mut Option<RawFrame>,
        found: &mut Vec<RawFrame>,
    ) -> Result<(), Look> {
        self.walk_on(memory, walk, INNER_FRAMES, found)?;
        if self.is_end(walk.address) {
            return Ok(());
        }
        // It may have moved, or lie among what was walked already.
        *landmark = landmark.filter(|landmark| self.is_beyond(landmark, found));
        if let Some(landmark) = landmark {
            walk.leave_out_frames(found);
            walk.address = landmark.address;
            self.walk_on(memory, walk, OUTER_FRAMES, found)?;
            return if self.is_end(walk.address) { Ok(()) } else { Err(Look::Torn) };
        }
        let (outer, are_all) = self.outer_end(memory, walk)?;
        if !are_all {
            walk.leave_out_frames(found);
            *landmark = outer.front().copied();
        }
        found.extend(outer);
        Ok(())
    }

    /// Whether the landmark is the frame it was, and not among those found.
    fn is_beyond(&self, landmark: &RawFrame, found: &[RawFrame]) -> bool {
        let now = self.header(self.whole, landmark.address);
        now.is_some_and(|now| now.continues(&landmark.header, false))
            && found.iter().all(|frame| frame.address != landmark.address)
    }

    /// Whether a stack ends where `address` leads to.
    fn is_end(&self, address: u64) -> bool {
        address == 0 || Some(address) == self.base
    }

    fn walk_on<M: Memory>(
        &self,
        memory: &M,
        walk: &mut Walk,
        count: usize,
        found: &mut Vec<RawFrame>,
    ) -> Result<(), Look> {
        for _ in 0..count {
            if self.is_end(walk.address) {
                break;
            }
            let header = self.next_header(memory, walk, found)?;
            let frame = RawFrame { address: walk.address, header };
            walk.step(&frame)?;
            found.push(frame);
            if self.root == Some(Root { first: frame.address, shim: walk.address }) {
                walk.address = 0;
            }
        }
        Ok(())
    }

    fn next_header<M: Memory>(
        &self,
        memory: &M,
        walk: &mut Walk,
        found: &[RawFrame],
    ) -> Result<Header, Look> {
        if walk.in_window {
            match self.twice(walk.address, found.is_empty()) {
                Twice::Same(header) => return Ok(header),
                Twice::Different => return Err(Look::Torn),
                Twice::Unread => {
                    walk.in_window = false;
                    if found.is_empty() {
                        walk.look = Look::Misplaced;
                    }
                }
            }
        }
        if let Some(header) = self.header(self.whole, walk.address) {
            return Ok(header);
        }
        walk.look = walk.look.worse(Look::Misplaced);
        read_header(memory, self.layout, walk.address).ok_or(Look::Torn)
    }

    /// The frame as both views have it: those between were on the stack all the while.
    fn twice(&self, address: u64, is_leaf: bool) -> Twice {
        let first = self.header(self.whole, address);
        let second = self.header(self.again, address);
        match (first, second) {
            (Some(first), Some(second)) if second.continues(&first, is_leaf) => Twice::Same(second),
            (Some(_), Some(_)) => Twice::Different,
            _ => Twice::Unread,
        }
    }

    /// Follows a very deep stack to its end, if need be through memory that no look reads; gives
    /// the outermost frames, from the inner to the outer, and whether they are all that were left.
    fn outer_end<M: Memory>(
        &self,
        memory: &M,
        walk: &mut Walk,
    ) -> Result<(VecDeque<RawFrame>, bool), Look> {
        let mut outer = VecDeque::with_capacity(OUTER_FRAMES);
        let mut are_all = true;
        let mut nearby = Nearby::default();
        while !self.is_end(walk.address) {
            if walk.steps >= limits::FOLLOWED_FRAMES {
                return Ok((VecDeque::new(), false));
            }
            let header = match self.header(self.whole, walk.address) {
                Some(header) => header,
                None => {
                    walk.look = walk.look.worse(Look::Misplaced);
                    nearby.header(memory, self.layout, walk.address).ok_or(Look::Torn)?
                }
            };
            let frame = RawFrame { address: walk.address, header };
            walk.step(&frame)?;
            if outer.len() == OUTER_FRAMES {
                outer.pop_front();
                are_all = false;
            }
            outer.push_back(frame);
        }
        Ok((outer, are_all))
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

/// A stretch of memory that ends with the frame that was asked for last: a caller's frame mostly
/// lies right below.
#[derive(Default)]
struct Nearby {
    start: u64,
    bytes: Vec<u8>,
}

/// Bytes that are read at once; frames have about a hundred.
const NEARBY: usize = 8192;

impl Nearby {
    fn header<M: Memory>(&mut self, memory: &M, layout: &Layout, address: u64) -> Option<Header> {
        let length = layout.frame.header;
        let held = |nearby: &Self| {
            let offset = usize::try_from(address.checked_sub(nearby.start)?).ok()?;
            Header::parse(nearby.bytes.get(offset..offset.checked_add(length)?)?, &layout.frame)
        };
        held(self).or_else(|| {
            let end = address.checked_add(length as u64)?;
            self.start = end.saturating_sub(NEARBY as u64);
            self.bytes.resize(NEARBY, 0);
            match memory.read(self.start, &mut self.bytes) {
                Ok(()) => held(self),
                Err(_) => {
                    self.bytes.clear();
                    read_header(memory, layout, address)
                }
            }
        })
    }
}

/// Reads one frame's header by itself.
pub(super) fn read_header<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<Header> {
    let mut bytes = [0; 256];
    let bytes = bytes.get_mut(..layout.frame.header)?;
    memory.read(address, bytes).ok()?;
    Header::parse(bytes, &layout.frame)
}
