//! One Python thread: what to read of it, and whether what was read is a stack.

use std::time::Instant;

use super::Frame;
use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::chain::{Look, RawFrame, Root, Views, read_header};
use super::chunks::Chunks;
use super::code::{CodeCache, Probe};
use super::layout::{CurrentFrame, Layout};
use super::memory::Memory;
use super::resolved::Resolved;
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
    /// The thread's first frame and the shim at which its stack ends.
    root: Option<Root>,
    /// A frame near the outer end, from which a very deep stack is walked on.
    landmark: Option<RawFrame>,
    resolved: Resolved,
    /// When it was last seen to run.
    pub(super) ran_at: Option<Instant>,
    requests_gil: bool,
    handles_exception: bool,
    plan: Plan,
}

/// Where the parts of the current look are in its batch.
#[derive(Debug, Default)]
struct Plan {
    whole: Snapshot,
    again: Snapshot,
    state: Option<Slot>,
    frame_before: Option<Slot>,
    frame_between: Option<Slot>,
    frame_after: Option<Slot>,
    state_after: Option<Slot>,
    probes: Vec<Probe>,
}

/// Read twice in quick succession around the innermost frame: about the last ten calls below it
/// and a little above, for calls made since the last look.
const WINDOW_BELOW: u64 = 1024;
const WINDOW_ABOVE: u64 = 512;
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
            root: None,
            landmark: None,
            resolved: Resolved::default(),
            ran_at: None,
            requests_gil: false,
            handles_exception: false,
            plan: Plan::default(),
        }
    }

    /// Whether this is what is known of the thread state at `address`.
    pub(super) fn is(&self, address: u64, native_id: u64) -> bool {
        self.address == address && self.native_id == native_id
    }

    /// The operating system's id, once it was resolved.
    pub(super) fn tid(&self) -> Option<u32> {
        self.tid
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

    /// The places that were found out for the frames of the last sample.
    pub(super) fn resolved(&mut self) -> &mut Resolved {
        &mut self.resolved
    }

    /// The frames of the last sample, leaf first.
    pub(super) fn frames(&self) -> Vec<Frame> {
        self.resolved.frames()
    }

    /// Whether the thread asked for its interpreter's lock, where the version tells (3.15).
    pub(super) fn requests_gil(&self) -> bool {
        self.requests_gil
    }

    /// Whether an exception was being raised or handled, where the version tells (3.15).
    pub(super) fn handles_exception(&self) -> bool {
        self.handles_exception
    }

    /// Asks for everything that a stack is made of, in this order: the thread state with the frame
    /// pointer, the whole stack from its outer to its inner end, the frame pointer, the innermost
    /// frames again, and the frame pointer again; then, when `confirm` says so, what confirms the code objects. An
    /// object that is confirmed after the frames were read has been the same since it was last
    /// confirmed.
    pub(super) fn ask(
        &mut self,
        layout: &Layout,
        codes: &CodeCache,
        confirm: bool,
        batch: &mut Batch,
    ) {
        batch.fence();
        let header = layout.frame.header;
        let fields = layout.thread.checked_fields();
        self.plan.whole.clear();
        self.plan.again.clear();
        match layout.thread.current_frame {
            CurrentFrame::Direct(_) => {
                self.plan.state = Some(batch.add(self.address, layout.thread.read));
            }
            CurrentFrame::ThroughCframe { .. } => {
                self.plan.frame_before = self.ask_frame_pointer(layout, batch);
            }
        }
        for chunk in self.chunks.worth_reading() {
            self.plan.whole.add(batch, chunk.address, chunk.used);
        }
        for &stray in &self.strays {
            self.plan.whole.add(batch, stray, header);
        }
        batch.fence();
        self.plan.frame_between = self.ask_frame_pointer(layout, batch);
        batch.fence();
        if let Some((start, length)) = self.window(header as u64) {
            self.plan.again.add(batch, start, length);
        }
        for &stray in &self.top_strays {
            self.plan.again.add(batch, stray, header);
        }
        match layout.thread.current_frame {
            CurrentFrame::Direct(_) => {
                let address = self.address + fields.start as u64;
                self.plan.state_after = Some(batch.add(address, fields.len()));
            }
            CurrentFrame::ThroughCframe { .. } => {
                self.plan.frame_after = self.ask_frame_pointer(layout, batch);
                self.plan.state = Some(batch.add(self.address, layout.thread.read));
            }
        }
        self.plan.probes.clear();
        if confirm {
            codes.probe(layout, batch, &self.codes, &mut self.plan.probes);
        }
    }

    /// Asks for the pointer to the innermost frame alone.
    fn ask_frame_pointer(&self, layout: &Layout, batch: &mut Batch) -> Option<Slot> {
        match layout.thread.current_frame {
            CurrentFrame::Direct(offset) => Some(batch.add(self.address + offset as u64, 8)),
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
        self.take_state(layout, batch);
        let base = layout.thread.base_frame.and_then(|offset| word(self.state(batch)?, offset));
        let Plan { whole, again, .. } = &self.plan;
        let views = Views { layout, batch, whole, again, base, root: self.root };
        let look = views.walk(memory, leaf, &mut self.landmark, found);
        if look != Look::Torn {
            self.remember(found, layout, base);
        }
        found.retain(|frame| !frame.header.is_shim());
        if found.is_empty() && matches!(look, Look::Whole { .. }) { Look::Empty } else { look }
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
        let native_id = in_state(layout.thread.native_id)?;
        let chunk = in_state(layout.thread.chunk)?;
        let (before, after) = match layout.thread.current_frame {
            CurrentFrame::Direct(offset) => {
                let after = self.plan.state_after.and_then(|slot| batch.bytes(slot));
                let start = layout.thread.checked_fields().start;
                let in_state_after =
                    |offset| after.and_then(|after| word(after, offset - start)).ok_or(Look::Torn);
                let (before, after) = (in_state(offset)?, in_state_after(offset)?);
                let id_after = in_state_after(layout.thread.native_id)?;
                self.take_native_id(native_id, id_after == native_id)?;
                (before, after)
            }
            CurrentFrame::ThroughCframe { pointer, root, .. } => {
                let cframe = in_state(pointer)?;
                self.take_native_id(native_id, self.native_id == native_id)?;
                if cframe != self.cframe {
                    self.cframe = cframe;
                    return Err(Look::Misplaced);
                }
                let before = self.slot_word(batch, self.plan.frame_before)?;
                let after = self.slot_word(batch, self.plan.frame_after)?;
                // A call from C links its `_PyCFrame` before it fills it in (ceval.c, 3.11, 3.12).
                if after == 0 && cframe != self.address.wrapping_add(root) {
                    return Err(Look::Torn);
                }
                (before, after)
            }
        };
        if !self.chunks.starts_at(chunk) {
            self.chunks.follow(memory, chunk).ok_or(Look::Torn)?;
            self.last.clear();
            self.innermost = after;
            return Err(Look::Misplaced);
        }
        // Twice the same is not enough: a call that has begun may not have overwritten yet what the
        // last one left behind, and both views may have been taken then.
        let between = self.slot_word(batch, self.plan.frame_between)?;
        if before == between && before == after { Ok(before) } else { Err(Look::Torn) }
    }

    fn take_state(&mut self, layout: &Layout, batch: &Batch) {
        let Some(state) = self.state(batch) else { return };
        let requested = layout.thread.gil_requested.and_then(|offset| half_word(state, offset));
        let exceptions = layout.thread.exceptions.into_iter().flatten();
        let mut exceptions = exceptions.filter_map(|offset| word(state, offset));
        let handles_exception = exceptions.any(|exception| exception != 0);
        self.requests_gil = requested.is_some_and(|requested| requested != 0);
        self.handles_exception = handles_exception;
    }

    /// Believes the operating system's id only if it stayed the same while the stack was read: a
    /// thread that has only been made has its maker's id until it runs, and the state of one that
    /// has ended may already be another's.
    fn take_native_id(&mut self, native_id: u64, is_steady: bool) -> Result<(), Look> {
        if native_id != self.native_id {
            self.native_id = native_id;
            self.tid = None;
        }
        if is_steady { Ok(()) } else { Err(Look::Torn) }
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
    fn remember(&mut self, found: &[RawFrame], layout: &Layout, base: Option<u64>) {
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
        for (depth, frame) in found.iter().enumerate().filter(|(_, frame)| !frame.is_gap()) {
            match self.chunks.holding(frame.address, near) {
                Some(index) => {
                    near = index;
                    innermost.get_or_insert(frame.address);
                    ends[index] = ends[index].max(frame.address + layout.frame.header as u64);
                }
                None => self.remember_stray(depth, frame, base),
            }
            if !frame.header.is_shim() && self.codes.last() != Some(&frame.header.code) {
                self.codes.push(frame.header.code);
            }
        }
        self.innermost = innermost.unwrap_or(0);
        self.remember_root(found);
        self.codes.sort_unstable();
        self.codes.dedup();
        self.codes.truncate(limits::PROBED_CODES);
        self.strays.sort_unstable();
        self.chunks.fit(&ends);
    }

    /// The shim below the first frame of a thread is read once: nothing else can have called it.
    fn remember_root(&mut self, found: &[RawFrame]) {
        let [.., first, shim] = found else { return };
        if shim.header.is_shim() && self.chunks.begins_at(first.address) {
            self.root = Some(Root { first: first.address, shim: shim.address });
            self.strays.retain(|&stray| stray != shim.address);
        }
    }

    fn remember_stray(&mut self, depth: usize, frame: &RawFrame, base: Option<u64>) {
        if self.strays.len() < limits::STRAY_FRAMES {
            self.strays.push(frame.address);
        }
        // The shim at a stack's outer end leads nowhere that could have changed.
        let outer = frame.header.previous;
        if depth < TOP_FRAMES && outer != 0 && Some(outer) != base {
            self.top_strays.push(frame.address);
        }
    }
}
