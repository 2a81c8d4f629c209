//! From the innermost frame outwards, through what a look has read of a stack.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::batch::Batch;
use super::layout::{FrameLayout, Layout};
use super::memory::Memory;
use super::snapshot::{Header, Snapshot, StackEnd};
use crate::limits;

/// A frame that was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawFrame {
    pub(super) address: u64,
    pub(super) header: Header,
    /// Whether it was not where it was expected, and read by itself after the rest.
    pub(super) is_late: bool,
}

impl RawFrame {
    /// Stands for the frames in the middle of a very deep stack.
    const GAP: Self = Self { address: 0, header: Header::NONE, is_late: false };

    /// Stands for the inner end of a stack that changed faster than it could be read.
    pub(super) const UNSEEN: Self =
        Self { address: 0, header: Header { instruction: 1, ..Header::NONE }, is_late: false };

    /// Whether it stands for frames that were left out.
    pub(super) fn is_gap(&self) -> bool {
        self.address == 0
    }

    pub(super) fn is_unseen(&self) -> bool {
        self.is_gap() && self.header == Self::UNSEEN.header
    }

    /// The address at which its value stack ends, while it waits for what it called. From 3.14 on
    /// a frame that runs has one too, where it ended some time before.
    pub(super) fn stack_end(&self, layout: &FrameLayout) -> Option<u64> {
        match self.header.stack_end {
            StackEnd::Running | StackEnd::At(0) => None,
            StackEnd::Slot(count) => {
                self.address.checked_add(layout.header as u64 + 8 * u64::from(count))
            }
            StackEnd::At(address) => Some(address),
        }
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
    /// The frame in the thread state at which every stack ends, where the version has one.
    pub(super) base: Option<u64>,
    pub(super) root: Option<Root>,
    /// The outermost frames that are as they were, leaf first.
    pub(super) steady: &'a [RawFrame],
}

/// What came of a walk: how many of the frames at its outer end are as they were.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walked {
    pub(super) look: Look,
    pub(super) steady: usize,
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
    /// A chain that was torn can lead back to itself: one address is kept and moved on ever more
    /// rarely, so that every ring comes past it.
    milestone: u64,
    steps: usize,
    /// The code objects of frames that lie elsewhere than was read.
    elsewhere: FxHashSet<u64>,
    steady: usize,
}

impl Walk {
    fn from(leaf: u64) -> Self {
        let look = Look::Whole { truncated: false };
        let elsewhere = FxHashSet::default();
        Self { look, address: leaf, milestone: 0, steps: 0, elsewhere, steady: 0 }
    }

    /// Takes note of a frame that lies elsewhere than was read. A chain that was torn can lead out of
    /// the stack and into a list of any length, that of all objects for one, where no code is met
    /// twice.
    fn go_elsewhere(&mut self, header: &Header) -> Result<(), Look> {
        self.elsewhere.insert(header.code);
        if self.elsewhere.len() > limits::CODES_ELSEWHERE { Err(Look::Torn) } else { Ok(()) }
    }

    fn leave_out_frames(&mut self, found: &mut Vec<RawFrame>) {
        found.push(RawFrame::GAP);
        self.look = self.look.worse(Look::Whole { truncated: true });
    }

    fn step(&mut self, frame: &RawFrame) -> Result<(), Look> {
        if frame.address == self.milestone {
            return Err(Look::Torn);
        }
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
    /// The header of the frame at `address`, if it was read.
    pub(super) fn header(&self, address: u64) -> Option<Header> {
        self.whole.header(self.batch, &self.layout.frame, address)
    }

    /// `leaf`, if it is the frame of a generator or of what one called.
    pub(super) fn generator_behind(&self, leaf: u64) -> Option<u64> {
        let header = self.header(leaf)?;
        let is_in_generator = |header: Header| header.is_in_generator();
        let is_called_by_one = || self.header(header.previous).is_some_and(is_in_generator);
        let is_led_to = header.is_in_generator() || !header.is_shim() && is_called_by_one();
        is_led_to.then_some(leaf)
    }

    /// Walks outwards from `leaf`, by what the frames say is the previous one; whether they are one
    /// stack is another question. Of a very deep stack the middle is left out; `landmark` is where
    /// its outer end was found to begin.
    pub(super) fn walk<M: Memory>(
        &self,
        memory: &M,
        leaf: u64,
        landmark: &mut Option<RawFrame>,
        found: &mut Vec<RawFrame>,
    ) -> Walked {
        let mut walk = Walk::from(leaf);
        let look = match self.walk_deep(memory, &mut walk, landmark, found) {
            Ok(()) => walk.look,
            Err(look) => look,
        };
        Walked { look, steady: walk.steady }
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

    /// Goes past a frame; the shim below the thread's first is known to end the stack.
    fn step(&self, walk: &mut Walk, frame: &RawFrame) -> Result<(), Look> {
        walk.step(frame)?;
        if self.root == Some(Root { first: frame.address, shim: walk.address }) {
            walk.address = 0;
        }
        Ok(())
    }

    /// Whether the landmark is the frame it was, and not among those found.
    fn is_beyond(&self, landmark: &RawFrame, found: &[RawFrame]) -> bool {
        let now = self.header(landmark.address);
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
        for left in (1..=count).rev() {
            if self.is_end(walk.address) {
                break;
            }
            if self.steady.len() <= left
                && self.steady.first().is_some_and(|first| first.address == walk.address)
            {
                found.extend_from_slice(self.steady);
                (walk.address, walk.steady) = (0, self.steady.len());
                break;
            }
            let frame = self.next(memory, walk)?;
            self.step(walk, &frame)?;
            found.push(frame);
        }
        Ok(())
    }

    fn next<M: Memory>(&self, memory: &M, walk: &mut Walk) -> Result<RawFrame, Look> {
        let address = walk.address;
        if let Some(header) = self.header(address) {
            return Ok(RawFrame { address, header, is_late: false });
        }
        let header = read_header(memory, self.layout, address).ok_or(Look::Torn)?;
        walk.go_elsewhere(&header)?;
        Ok(RawFrame { address, header, is_late: true })
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
            let header = match self.header(walk.address) {
                Some(header) => header,
                None => {
                    walk.look = walk.look.worse(Look::Misplaced);
                    let header = nearby.header(memory, self.layout, walk.address);
                    let header = header.ok_or(Look::Torn)?;
                    walk.go_elsewhere(&header)?;
                    header
                }
            };
            let frame = RawFrame { address: walk.address, header, is_late: false };
            self.step(walk, &frame)?;
            if outer.len() == OUTER_FRAMES {
                outer.pop_front();
                are_all = false;
            }
            outer.push_back(frame);
        }
        Ok((outer, are_all))
    }
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
