//! One Python thread: what to read of it, and whether what was read is a stack.

mod generators;
mod plan;

use std::time::Instant;

use plan::Plan;

use super::Frame;
use super::batch::Batch;
use super::bytes::{half_word, word};
use super::cframes::Cframes;
use super::chain::{Look, RawFrame, Root, Views};
use super::chunks::Chunks;
use super::code::CodeCache;
use super::layout::{CurrentFrame, Layout};
use super::links::Links;
use super::memory::Memory;
use super::past::Past;
use super::resolved::Resolved;
use super::rest::Rest;
use super::steady::Steady;
use super::strays::Strays;
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
    /// That of the thread which runs it, where it is another.
    runner: Option<u32>,
    interpreter: u64,
    chunks: Chunks,
    strays: Strays,
    cframes: Cframes,
    codes: Vec<u64>,
    /// The last stack's frames and their code, of which all of the above follows.
    last: Vec<(u64, u64)>,
    /// The thread's first frame and the shim at which its stack ends.
    root: Option<Root>,
    /// A frame near the outer end, from which a very deep stack is walked on.
    landmark: Option<RawFrame>,
    past: Past,
    steady: Steady,
    /// What is certain of the stack that the last look found torn.
    outer_part: Vec<RawFrame>,
    /// The frame of a generator or of what one called, if the last look began with it innermost.
    generator: Option<u64>,
    resolved: Resolved,
    pub(super) rest: Rest,
    /// When it was last seen to run.
    pub(super) ran_at: Option<Instant>,
    requests_gil: bool,
    handles_exception: bool,
    plan: Plan,
}

impl Thread {
    pub(super) fn new(address: u64, native_id: u64, interpreter: u64) -> Self {
        Self {
            address,
            native_id,
            tid: None,
            runner: None,
            interpreter,
            chunks: Chunks::default(),
            strays: Strays::default(),
            cframes: Cframes::default(),
            codes: Vec::new(),
            last: Vec::new(),
            root: None,
            landmark: None,
            past: Past::default(),
            steady: Steady::default(),
            outer_part: Vec::new(),
            generator: None,
            resolved: Resolved::default(),
            rest: Rest::default(),
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
        self.runner.or(self.tid)
    }

    /// The operating system's id as the thread state has it.
    pub(super) fn native_id(&self) -> u64 {
        self.native_id
    }

    /// Takes note of what the thread state has.
    pub(super) fn says(&mut self, native_id: u64) {
        if native_id != self.native_id {
            self.native_id = native_id;
            self.tid = None;
        }
    }

    /// Says that another thread runs it than it says, or none.
    pub(super) fn run_by(&mut self, runner: Option<u32>) {
        self.runner = runner;
    }

    /// The operating system's id by what the thread state says; `None` when the thread has ended since.
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

    /// Judges what the batch brought; if the thread stood still meanwhile, what it says is true. On
    /// [`Look::Whole`] the frames are in `found`, shims left out.
    pub(super) fn judge<M: Memory>(
        &mut self,
        (memory, layout): (&M, &Layout),
        codes: &mut CodeCache,
        batch: &Batch,
        stood_still: bool,
        found: &mut Vec<RawFrame>,
    ) -> Look {
        found.clear();
        for probe in &self.plan.probes {
            codes.judge(batch, probe);
        }
        let leaves = match self.frame_pointers(memory, layout, batch) {
            Ok([0, 0]) => return Look::Empty,
            Ok(leaves) => leaves,
            Err(look) => return look,
        };
        self.take_state(layout, batch);
        let base = layout.thread.base_frame.and_then(|offset| word(self.state(batch)?, offset));
        let whole = &self.plan.whole;
        let steady = match stood_still {
            true => &[],
            false => self.steady.outermost(self.steady.count(batch, whole)),
        };
        let views = Views { layout, batch, whole, base, root: self.root, steady };
        self.generator =
            generators::innermost(memory, &views, &self.chunks, &mut self.strays, leaves);
        let mut ways_in = vec![leaves[1], leaves[0]];
        ways_in.extend(self.past.ways_in().filter(|&it| views.header(it).is_some()));
        ways_in.truncate(if stood_still { 1 } else { usize::MAX });
        ways_in.dedup();
        self.past.begin_look();
        self.outer_part.clear();
        let mut links = Links::new(&views, codes, &mut self.past, leaves);
        let (mut look, mut known) = (Look::Torn, (0, None));
        for way_in in ways_in.into_iter().filter(|&way_in| way_in != 0) {
            found.clear();
            let walked = views.walk(memory, way_in, &mut self.landmark, found);
            known = (walked.steady, self.steady.untold_among(walked.steady));
            let outcome = match walked.look {
                outcome if stood_still || outcome == Look::Torn => outcome,
                outcome => links.settle(found, known).map_or_else(|look| look, |()| outcome),
            };
            // What was read in passing has to lead to where the thread's frames begin, or a greenlet's.
            let first = found.iter().rfind(|frame| !frame.header.is_shim());
            let is_rooted =
                stood_still || first.is_some_and(|it| self.chunks.begins_at(it.address));
            match outcome {
                Look::Whole { .. } if !is_rooted && !links.may_begin_with(first) => {}
                Look::Torn if walked.look != Look::Torn && is_rooted => {
                    let part = links.certain_part(found);
                    if part.len() > self.outer_part.len() {
                        self.outer_part = part.to_vec();
                    }
                }
                Look::Torn => {}
                _ => {
                    (look, known.1) = (outcome, links.untold_at());
                    break;
                }
            }
        }
        if look != Look::Torn {
            self.remember(found, layout);
        }
        if matches!(look, Look::Whole { .. }) {
            let handled = &self.plan.handled;
            self.handles_exception |= generators::handle_exception(batch, handled, found);
            self.past.accept(found);
            if !stood_still {
                self.steady.accept((batch, &self.plan.whole), found, known);
            }
        }
        found.retain(|frame| !frame.header.is_shim());
        if found.is_empty() && matches!(look, Look::Whole { .. }) { Look::Empty } else { look }
    }

    /// Keeps of a stack that was whole what does not depend on whether it is believed.
    pub(super) fn keep_outer_part(&mut self, stack: &[RawFrame]) {
        self.outer_part = stack.to_vec();
    }

    /// The innermost frame when the last look began, if it is a generator's or of what one called.
    pub(super) fn generator(&self) -> Option<u64> {
        self.generator
    }

    /// Whether a stack of it was ever accepted.
    pub(super) fn was_seen_whole(&self) -> bool {
        self.past.has_accepted()
    }

    /// What is certain of a stack that was just judged to be torn, leaf first; nothing, as a rule.
    pub(super) fn take_outer_part(&mut self) -> Vec<RawFrame> {
        let mut part = std::mem::take(&mut self.outer_part);
        part.retain(|frame| !frame.header.is_shim());
        part
    }

    /// The innermost frame before and after the stack was read.
    fn frame_pointers<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        batch: &Batch,
    ) -> Result<[u64; 2], Look> {
        let state = self.state(batch).ok_or(Look::Senseless)?;
        let in_state = |offset| word(state, offset).ok_or(Look::Senseless);
        if in_state(layout.thread.interpreter)? != self.interpreter {
            return Err(Look::Senseless);
        }
        let native_id = in_state(layout.thread.native_id)?;
        let chunk = in_state(layout.thread.chunk)?;
        let checked = self.plan.checked.and_then(|slot| batch.bytes(slot));
        let start = layout.thread.checked_fields().start;
        let checked =
            |offset| checked.and_then(|checked| word(checked, offset - start)).ok_or(Look::Torn);
        self.take_native_id(native_id, checked(layout.thread.native_id)? == native_id)?;
        let leaves = match layout.thread.current_frame {
            CurrentFrame::Direct(offset) => [in_state(offset)?, checked(offset)?],
            CurrentFrame::ThroughCframe { pointer, root, current_frame } => {
                let cframe = in_state(pointer)?;
                let before = checked(pointer)?;
                let leaves = match self.cframes.leaves(batch, before, cframe) {
                    [before, Some(after)] => [before.unwrap_or(0), after],
                    [_, None] => {
                        let mut leaf = [0; 8];
                        let pointer = cframe.wrapping_add(current_frame);
                        memory.read(pointer, &mut leaf).map_err(|_| Look::Torn)?;
                        [0, u64::from_le_bytes(leaf)]
                    }
                };
                self.cframes.met(before);
                self.cframes.met(cframe);
                // A call from C links its `_PyCFrame` before it fills it in (ceval.c, 3.11, 3.12).
                if leaves == [0, 0] && cframe != self.address.wrapping_add(root) {
                    return Err(Look::Torn);
                }
                leaves
            }
        };
        if !self.chunks.starts_at(chunk) {
            self.chunks.follow(memory, chunk).ok_or(Look::Torn)?;
            self.last.clear();
        }
        Ok(leaves)
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
        self.says(native_id);
        if is_steady { Ok(()) } else { Err(Look::Torn) }
    }

    /// The `_PyCFrame` that it pointed to when it was read last (3.11, 3.12).
    pub(super) fn cframe(&self) -> Option<u64> {
        self.cframes.last()
    }

    /// Keeps what the next look will probably need.
    fn remember(&mut self, found: &[RawFrame], layout: &Layout) {
        let marks = || found.iter().map(|frame| (frame.address, frame.header.code));
        if self.last.iter().copied().eq(marks()) {
            return;
        }
        self.last.clear();
        self.last.extend(marks());
        self.strays.begin();
        self.codes.clear();
        let mut ends = vec![0; self.chunks.len()];
        let mut near = 0;
        for frame in found.iter().filter(|frame| !frame.is_gap()) {
            let is_shim = frame.header.is_shim();
            match self.chunks.holding(frame.address, near) {
                Some(index) => {
                    near = index;
                    let header = frame.address + layout.frame.header as u64;
                    let chunk_end = self.chunks.end(index);
                    let slots = frame.stack_end(&layout.frame).filter(|&end| end < chunk_end);
                    ends[index] = ends[index].max(header).max(slots.unwrap_or(0));
                }
                None => {
                    let code = if is_shim { 0 } else { frame.header.code };
                    self.strays.found(frame.address, code);
                }
            }
            if !is_shim && self.codes.last() != Some(&frame.header.code) {
                self.codes.push(frame.header.code);
            }
        }
        self.strays.end();
        self.remember_root(found);
        self.codes.sort_unstable();
        self.codes.dedup();
        self.codes.truncate(limits::PROBED_CODES);
        self.chunks.fit(&ends);
    }

    /// The shim below the first frame of a thread is read once: nothing else can have called it.
    fn remember_root(&mut self, found: &[RawFrame]) {
        let [.., first, shim] = found else { return };
        if shim.header.is_shim() && self.chunks.begins_at(first.address) {
            self.root = Some(Root { first: first.address, shim: shim.address });
            self.strays.drop(shim.address);
        }
    }
}
