//! One Python thread: what to read of it, and whether what was read is a stack.

use std::ops::Range;

use super::batch::{Batch, Slot};
use super::bytes::word;
use super::chain::{Look, RawFrame, Views, read_header};
use super::chunks::Chunks;
use super::code::{CodeCache, Probe};
use super::layout::{CurrentFrame, Layout};
use super::memory::Memory;
use super::snapshot::Snapshot;
use super::tasks::Tasks;
use crate::limits;

/// What is remembered of a thread from one look to the next: where its parts are likely to be.
#[derive(Debug)]
pub(super) struct Thread {
    /// Address of the `PyThreadState`.
    pub(super) address: u64,
    /// `native_thread_id`: at first that of the thread which made it, then its own.
    native_id: u64,
    /// The operating system's id, as we see it.
    tid: Option<u32>,
    interpreter: u64,
    chunks: Chunks,
    /// Frames outside of the chunks: those of generators and coroutines, and shims on the C stack.
    strays: Vec<u64>,
    /// The innermost of the strays, which are read again at the end.
    top_strays: Vec<u64>,
    /// The `_PyCFrame`, where the version has one.
    cframe: u64,
    /// The innermost frame in a chunk.
    innermost: u64,
    codes: Vec<u64>,
    /// The last stack's frames and their code, of which all of the above follows.
    last: Vec<(u64, u64)>,
    plan: Plan,
}

/// Where the parts of the current look are in its batch.
#[derive(Debug, Default)]
struct Plan {
    whole: Snapshot,
    first: Snapshot,
    second: Snapshot,
    state: Option<Slot>,
    frame_before: Option<Slot>,
    frame_after: Option<Slot>,
    state_after: Option<Slot>,
    probes: Vec<Probe>,
}

/// Read twice in quick succession around the innermost frame: about the last ten calls below it
/// and a little above, for calls made since the last look.
const WINDOW_BELOW: u64 = 1024;
const WINDOW_ABOVE: u64 = 768;
/// Frames from the innermost among which strays are read twice.
const TOP_FRAMES: usize = 8;

impl Thread {
    pub(super) fn new(address: u64, native_id: u64, interpreter: u64) -> Self {
        Self {
            address,
            native_id,
            tid: None,
            interpreter,
            chunks: Chunks::default(),
            strays: Vec::new(),
            top_strays: Vec::new(),
            cframe: 0,
            innermost: 0,
            codes: Vec::new(),
            last: Vec::new(),
            plan: Plan::default(),
        }
    }

    /// Whether this is what is known of the thread state at `address`.
    pub(super) fn is(&self, address: u64, native_id: u64) -> bool {
        self.address == address && self.native_id == native_id
    }

    /// The operating system's id; `None` when the thread has ended since.
    pub(super) fn resolve_tid(&mut self, tasks: &Tasks) -> Option<u32> {
        if self.tid.is_none() {
            let own_id = u32::try_from(self.native_id).ok();
            // Should a fork have left the parent's id behind, an only thread leaves no doubt.
            self.tid = own_id.and_then(|id| tasks.outer_id(id)).or_else(|| tasks.only_id());
        }
        self.tid
    }

    /// The thread state as the current look has it.
    pub(super) fn state<'b>(&self, batch: &'b Batch) -> Option<&'b [u8]> {
        batch.bytes(self.plan.state?)
    }

    /// The interpreter state that the thread belongs to.
    pub(super) fn interpreter(&self) -> u64 {
        self.interpreter
    }

    /// Asks for everything that a stack is made of, in this order: the whole of it, which takes
    /// longest; then, as close together as can be, the frame pointer, the innermost frames twice,
    /// and the frame pointer again; then what confirms the code objects. An object that is
    /// confirmed after the frames were read has been the same since it was last confirmed.
    pub(super) fn ask(&mut self, layout: &Layout, codes: &CodeCache, batch: &mut Batch) {
        let Plan { whole, first, second, .. } = &mut self.plan;
        for snapshot in [&mut *whole, &mut *first, &mut *second] {
            snapshot.clear();
        }
        let header = layout.frame.header;
        for chunk in self.chunks.iter() {
            whole.add(batch, chunk.address, chunk.used);
        }
        for &stray in &self.strays {
            whole.add(batch, stray, header);
        }
        self.plan.state = Some(batch.add(self.address, layout.thread.size));
        self.plan.frame_before = self.ask_frame_pointer(layout, batch);
        let window = self.window(header as u64);
        let Plan { first, second, .. } = &mut self.plan;
        for snapshot in [first, second] {
            if let Some((start, length)) = window {
                snapshot.add(batch, start, length);
            }
            for &stray in &self.top_strays {
                snapshot.add(batch, stray, header);
            }
        }
        self.plan.frame_after = self.ask_frame_pointer(layout, batch);
        let fields = checked_fields(layout);
        let address = self.address + fields.start as u64;
        self.plan.state_after = Some(batch.add(address, fields.len()));
        self.plan.probes.clear();
        codes.probe(layout, batch, &self.codes, &mut self.plan.probes);
    }

    fn ask_frame_pointer(&self, layout: &Layout, batch: &mut Batch) -> Option<Slot> {
        match layout.thread.current_frame {
            CurrentFrame::Direct(_) => None,
            CurrentFrame::ThroughCframe { current_frame, .. } => {
                (self.cframe != 0).then(|| batch.add(self.cframe.wrapping_add(current_frame), 8))
            }
        }
    }

    fn window(&self, header: u64) -> Option<(u64, usize)> {
        let chunk = self.chunks.get(self.chunks.holding(self.innermost, 0)?)?;
        let start = self.innermost.saturating_sub(WINDOW_BELOW).max(chunk.address);
        let end = (self.innermost + header + WINDOW_ABOVE).min(chunk.address + chunk.used as u64);
        Some((start, usize::try_from(end.checked_sub(start)?).ok()?))
    }

    /// Judges what the batch brought. On [`Look::Whole`] the frames are in `found`, shims left out.
    pub(super) fn judge<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        codes: &mut CodeCache,
        batch: &Batch,
        found: &mut Vec<RawFrame>,
    ) -> Look {
        found.clear();
        for probe in &self.plan.probes {
            codes.judge(batch, probe);
        }
        let leaf = match self.frame_pointer(memory, layout, batch) {
            Ok(0) => return Look::Empty,
            Ok(leaf) => leaf,
            Err(look) => return look,
        };
        let Plan { whole, first, second, .. } = &self.plan;
        let views = Views { layout, batch, whole, first, second };
        let look = views.walk(memory, leaf, found);
        if look != Look::Torn {
            self.remember(found, layout);
        }
        found.retain(|frame| !frame.header.is_shim());
        look
    }

    /// The innermost frame, if the thread stood still between the two times it was asked for.
    fn frame_pointer<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        batch: &Batch,
    ) -> Result<u64, Look> {
        let state = self.state(batch).ok_or(Look::Senseless)?;
        let in_state = |offset| word(state, offset).ok_or(Look::Senseless);
        if in_state(layout.thread.interpreter)? != self.interpreter {
            return Err(Look::Senseless);
        }
        let after = self.plan.state_after.and_then(|slot| batch.bytes(slot)).ok_or(Look::Torn)?;
        let in_state_after =
            |offset| word(after, offset - checked_fields(layout).start).ok_or(Look::Torn);
        // A thread that has only been made has its maker's id until it runs, and the state of one
        // that has ended may already be another's.
        let native_id = in_state(layout.thread.native_id)?;
        if in_state_after(layout.thread.native_id)? != native_id {
            return Err(Look::Torn);
        }
        if native_id != self.native_id {
            self.native_id = native_id;
            self.tid = None;
        }
        let chunk = in_state(layout.thread.chunk)?;
        let (before, after) = match layout.thread.current_frame {
            CurrentFrame::Direct(offset) => (in_state(offset)?, in_state_after(offset)?),
            CurrentFrame::ThroughCframe { pointer, .. } => {
                let after = in_state_after(pointer)?;
                if in_state(pointer)? != after {
                    return Err(Look::Torn);
                }
                if after != self.cframe {
                    self.cframe = after;
                    return Err(Look::Misplaced);
                }
                let before = self.slot_word(batch, self.plan.frame_before)?;
                (before, self.slot_word(batch, self.plan.frame_after)?)
            }
        };
        if !self.chunks.starts_at(chunk) {
            self.chunks.follow(memory, chunk).ok_or(Look::Torn)?;
            self.last.clear();
            self.innermost = after;
            return Err(Look::Misplaced);
        }
        if before == after { Ok(before) } else { Err(Look::Torn) }
    }

    fn slot_word(&self, batch: &Batch, slot: Option<Slot>) -> Result<u64, Look> {
        slot.and_then(|slot| word(batch.bytes(slot)?, 0)).ok_or(Look::Torn)
    }

    /// Whether `frame` is still on the thread's stack, as the innermost or right below it, and runs
    /// the same code for the same caller. It may have gone on to another instruction.
    pub(super) fn still_runs<M: Memory>(
        &self,
        memory: &M,
        layout: &Layout,
        frame: &RawFrame,
    ) -> bool {
        let pointer = match layout.thread.current_frame {
            CurrentFrame::Direct(offset) => self.address + offset as u64,
            CurrentFrame::ThroughCframe { current_frame, .. } => self.cframe + current_frame,
        };
        let mut current = [0; 8];
        let Ok(()) = memory.read(pointer, &mut current) else { return false };
        let current = u64::from_le_bytes(current);
        let header = |address| read_header(memory, layout, address);
        let below = || header(current).is_some_and(|inner| inner.previous == frame.address);
        (current == frame.address || below())
            && header(frame.address).is_some_and(|now| now.continues(&frame.header, true))
    }

    /// Keeps what the next look will probably need.
    fn remember(&mut self, found: &[RawFrame], layout: &Layout) {
        let marks = || found.iter().map(|frame| (frame.address, frame.header.code));
        if self.last.iter().copied().eq(marks()) {
            return;
        }
        self.last.clear();
        self.last.extend(marks());
        self.strays.clear();
        self.top_strays.clear();
        self.codes.clear();
        let mut ends = vec![0; self.chunks.len()];
        let mut near = 0;
        let mut innermost = None;
        for (depth, frame) in found.iter().enumerate() {
            match self.chunks.holding(frame.address, near) {
                Some(index) => {
                    near = index;
                    innermost.get_or_insert(frame.address);
                    ends[index] = ends[index].max(frame.address + layout.frame.header as u64);
                }
                None => self.remember_stray(depth, frame.address),
            }
            if !frame.header.is_shim() && self.codes.last() != Some(&frame.header.code) {
                self.codes.push(frame.header.code);
            }
        }
        self.innermost = innermost.unwrap_or(0);
        self.codes.sort_unstable();
        self.codes.dedup();
        self.codes.truncate(limits::PROBED_CODES);
        self.chunks.fit(&ends);
    }

    fn remember_stray(&mut self, depth: usize, address: u64) {
        if self.strays.len() < limits::STRAY_FRAMES {
            self.strays.push(address);
        }
        if depth < TOP_FRAMES {
            self.top_strays.push(address);
        }
    }
}

/// The part of a thread state that must not change while the stack is read: what leads to the
/// frames, and the operating system's id.
fn checked_fields(layout: &Layout) -> Range<usize> {
    let (CurrentFrame::Direct(frame) | CurrentFrame::ThroughCframe { pointer: frame, .. }) =
        layout.thread.current_frame;
    let id = layout.thread.native_id;
    frame.min(id)..frame.max(id) + 8
}
