//! Our own walk of CPython 3.11 and later: all threads of a process in one read, at the
//! instruction's exact place.

mod dump;

pub(super) use dump::{Overview, Seen};

use super::asyncio::Asyncio;
use super::batch::{Batch, Slot};
use super::bytes::word;
use super::chain::{Look, RawFrame};
use super::code::{CodeCache, Position};
use super::evidence::Evidence;
use super::gil::{self, Gil};
use super::layout::{Layout, OWNED_BY_GENERATOR};
use super::memory::{Memory, ReadError};
use super::snapshot::Header;
use super::tasks::Tasks;
use super::thread::Thread;
use super::{Frame, Sample, Sweep};
use crate::limits;

/// Walks the stacks of one process.
#[derive(Debug)]
pub(super) struct Walker<M> {
    memory: M,
    layout: Layout,
    /// Address of `_PyRuntime`.
    runtime: u64,
    interpreters: Vec<Interpreter>,
    threads: Vec<Thread>,
    codes: CodeCache,
    batch: Batch,
    again: Batch,
    evidence: Option<Evidence>,
    asyncio: Option<Asyncio>,
}

#[derive(Debug)]
struct Interpreter {
    address: u64,
    gil: Gil,
    threads_head: Option<Slot>,
}

/// Looks at one thread in a sweep, the first included. New threads and code objects take three or
/// four until all parts are found; a stack that moves faster than it can be read is given up.
const LOOKS: usize = 12;
/// Of which so many may be torn.
const TORN_LOOKS: usize = 6;

/// Why a thread has no sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Torn,
    Unreadable,
    /// It runs no Python, or has just ended.
    Nothing,
}

impl<M: Memory> Walker<M> {
    /// A walker of the interpreter whose `_PyRuntime` is at address `runtime`.
    pub(super) fn new(memory: M, layout: Layout, runtime: u64, evidence: Option<Evidence>) -> Self {
        Self {
            memory,
            layout,
            runtime,
            interpreters: Vec::new(),
            threads: Vec::new(),
            codes: CodeCache::new(),
            batch: Batch::default(),
            again: Batch::default(),
            evidence,
            asyncio: None,
        }
    }

    /// The same, which tells the asyncio tasks that threads are in too.
    pub(super) fn with_tasks(self, asyncio: Option<Asyncio>) -> Self {
        Self { asyncio, ..self }
    }

    #[cfg(test)]
    pub(super) fn memory(&self) -> &M {
        &self.memory
    }

    pub(super) fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// Whether there is a Python thread yet.
    pub(super) fn has_threads(&mut self) -> bool {
        self.find_threads();
        !self.threads.is_empty()
    }

    /// Looks at every thread once.
    ///
    /// # Errors
    /// When the process has ended or may no longer be read.
    pub(super) fn sweep(&mut self, tasks: &mut Tasks) -> Result<Sweep, ReadError> {
        self.read_all()?;
        if !self.threads_are_as_expected() {
            self.find_threads();
        }
        if let Some(evidence) = &mut self.evidence {
            evidence.begin_sweep();
        }
        let mut sweep = Sweep::default();
        let mut raw = Vec::new();
        for index in 0..self.threads.len() {
            match self.sample(index, tasks, &mut raw)? {
                Ok(sample) => sweep.samples.push(sample),
                Err(Loss::Torn) => sweep.torn += 1,
                Err(Loss::Unreadable) => sweep.unreadable += 1,
                Err(Loss::Nothing) => {}
            }
        }
        if self.interpreters.len() > 1 {
            leave_suspended_calls_idle(&mut sweep.samples);
        }
        Ok(sweep)
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.codes.begin_look();
        self.batch.clear();
        for interpreter in &mut self.interpreters {
            let head = interpreter.address.wrapping_add(self.layout.interpreter.threads_head);
            interpreter.threads_head = Some(self.batch.add(head, 8));
            interpreter.gil.ask(&mut self.batch);
        }
        for thread in &mut self.threads {
            thread.ask(&self.layout, &self.codes, &mut self.batch);
        }
        if let Some(asyncio) = &mut self.asyncio {
            asyncio.ask(&mut self.batch);
        }
        self.batch.run(&self.memory)
    }

    /// Whether the lists of threads are linked as they were.
    fn threads_are_as_expected(&self) -> bool {
        let mut threads = self.threads.iter().peekable();
        !self.interpreters.is_empty()
            && self.interpreters.iter().all(|interpreter| {
                let head = interpreter.threads_head.and_then(|slot| self.batch.bytes(slot));
                let mut link = head.and_then(|head| word(head, 0));
                while let Some(thread) =
                    threads.next_if(|thread| thread.interpreter() == interpreter.address)
                {
                    if link != Some(thread.address) {
                        return false;
                    }
                    let state = thread.state(&self.batch);
                    link = state.and_then(|state| word(state, self.layout.thread.next));
                }
                link == Some(0)
            })
    }

    /// Follows the lists of interpreters and threads anew; what is known of threads that are still
    /// there is kept.
    fn find_threads(&mut self) {
        self.interpreters = self.find_interpreters();
        let mut known = std::mem::take(&mut self.threads);
        for interpreter in &self.interpreters {
            let head = interpreter.address.wrapping_add(self.layout.interpreter.threads_head);
            let mut address = self.read_word(head).unwrap_or(0);
            while address != 0
                && self.threads.len() < limits::THREADS
                && self.threads.iter().all(|known| known.address != address)
            {
                let mut state = vec![0; self.layout.thread.size];
                if self.memory.read(address, &mut state).is_err()
                    || word(&state, self.layout.thread.interpreter) != Some(interpreter.address)
                {
                    break;
                }
                let native_id = word(&state, self.layout.thread.native_id).unwrap_or(0);
                let is_known = |thread: &Thread| thread.is(address, native_id);
                self.threads.push(match known.iter().position(is_known) {
                    Some(index) => known.swap_remove(index),
                    None => Thread::new(address, native_id, interpreter.address),
                });
                address = word(&state, self.layout.thread.next).unwrap_or(0);
            }
        }
    }

    fn find_interpreters(&self) -> Vec<Interpreter> {
        let head = self.runtime.wrapping_add(self.layout.runtime.interpreters_head);
        let mut found: Vec<Interpreter> = Vec::new();
        let mut address = self.read_word(head).unwrap_or(0);
        while address != 0
            && found.len() < limits::INTERPRETERS
            && found.iter().all(|known| known.address != address)
        {
            let gil = gil::find(&self.memory, &self.layout, self.runtime, address);
            found.push(Interpreter { address, gil, threads_head: None });
            let next = address.wrapping_add(self.layout.interpreter.next);
            address = self.read_word(next).unwrap_or(0);
        }
        found
    }

    fn read_word(&self, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.memory.read(address, &mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    }

    fn sample(
        &mut self,
        index: usize,
        tasks: &mut Tasks,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<Sample, Loss>, ReadError> {
        let (frames, truncated) = match self.stack(index, raw)? {
            Ok(stack) => stack,
            Err(loss) => return Ok(Err(loss)),
        };
        let thread = &mut self.threads[index];
        let Some(tid) = thread.resolve_tid(tasks) else {
            return Ok(Err(Loss::Unreadable));
        };
        let holds_gil = self.interpreters.iter().any(|interpreter| {
            interpreter.address == thread.interpreter()
                && interpreter.gil.holder(&self.batch) == Some(thread.address)
        });
        let Some(state) = tasks.state(tid, holds_gil) else { return Ok(Err(Loss::Nothing)) };
        let operands = match &mut self.evidence {
            Some(evidence) if state.is_busy() => {
                evidence.look(&self.memory, raw, &frames, |frame| {
                    thread.still_runs(&self.memory, &self.layout, frame)
                })
            }
            _ => Vec::new(),
        };
        let task = self.asyncio.as_mut().and_then(|asyncio| {
            asyncio.task(&self.memory, &self.layout, &self.batch, raw, &frames)
        });
        Ok(Ok(Sample { thread: tid, state, task, frames, truncated, operands }))
    }

    /// The stack of a thread: from the sweep's one read, or from looks of its own when that one
    /// did not do.
    fn stack(
        &mut self,
        index: usize,
        raw: &mut Vec<RawFrame>,
    ) -> Result<Result<(Vec<Frame>, bool), Loss>, ReadError> {
        let mut torn = 0;
        for look in 0..LOOKS {
            let thread = &mut self.threads[index];
            let batch = if look == 0 {
                &self.batch
            } else {
                self.codes.begin_look();
                self.again.clear();
                thread.ask(&self.layout, &self.codes, &mut self.again);
                self.again.run(&self.memory)?;
                &self.again
            };
            let mut outcome = thread.judge(&self.memory, &self.layout, &mut self.codes, batch, raw);
            if let Look::Whole { truncated } = outcome {
                match self.frames(raw)? {
                    Ok(frames) if frames.is_empty() => return Ok(Err(Loss::Nothing)),
                    Ok(frames) => return Ok(Ok((frames, truncated))),
                    Err(look) => outcome = look,
                }
            }
            match outcome {
                Look::Empty => return Ok(Err(Loss::Nothing)),
                Look::Senseless if look > 0 => return Ok(Err(Loss::Unreadable)),
                Look::Torn => torn += 1,
                _ => {}
            }
            if torn >= TORN_LOOKS {
                break;
            }
        }
        Ok(Err(Loss::Torn))
    }

    /// The frames as they are handed out, those in `raw` that have a place; `Err` when there is something to find out first.
    fn frames(&mut self, raw: &mut Vec<RawFrame>) -> Result<Result<Vec<Frame>, Look>, ReadError> {
        if let Err(look) = self.confirm_codes(raw)? {
            return Ok(Err(look));
        }
        let mut frames = Vec::with_capacity(raw.len());
        let mut torn = false;
        raw.retain(|frame| {
            let frame = self.frame(&frame.header);
            torn |= frame.is_err();
            let placed = frame.ok().flatten();
            let has_place = placed.is_some();
            frames.extend(placed);
            has_place
        });
        if torn {
            return Ok(Err(Look::Torn));
        }
        Ok(Ok(frames))
    }

    /// A frame's code and place; `None` for one that is still being made.
    fn frame(&self, header: &Header) -> Result<Option<Frame>, Loss> {
        let cached = self.codes.confirmed(header.code).ok_or(Loss::Torn)?;
        let place = match cached.position(header.instruction, header.copy) {
            Position::At(place) => place,
            Position::Unstarted if header.owner == OWNED_BY_GENERATOR => {
                cached.place(header.instruction, header.copy)
            }
            Position::Unstarted => return Ok(None),
            Position::Outside => return Err(Loss::Torn),
        };
        Ok(Some(Frame { code: cached.code.clone(), place }))
    }

    /// Makes sure that every code object of the stack is the one that is kept. One that is read
    /// only now may have come after the frame that points to it: then the stack is looked at anew.
    fn confirm_codes(&mut self, raw: &[RawFrame]) -> Result<Result<(), Look>, ReadError> {
        let is_unconfirmed = |&code: &u64| self.codes.confirmed(code).is_none();
        let mut unconfirmed: Vec<u64> =
            raw.iter().map(|frame| frame.header.code).filter(is_unconfirmed).collect();
        if unconfirmed.is_empty() {
            return Ok(Ok(()));
        }
        unconfirmed.sort_unstable();
        unconfirmed.dedup();
        let mut batch = Batch::default();
        let mut probes = Vec::new();
        self.codes.probe(&self.layout, &mut batch, &unconfirmed, &mut probes);
        if !probes.is_empty() {
            batch.run(&self.memory)?;
        }
        for probe in &probes {
            self.codes.judge(&batch, probe);
        }
        let mut look = Ok(());
        for code in unconfirmed {
            if self.codes.holds(code) {
                continue;
            }
            look = Err(Look::Misplaced);
            if !self.codes.load(&self.memory, &self.layout, code) {
                return Ok(Err(Look::Torn));
            }
        }
        Ok(look)
    }
}

/// A thread that runs code in a sub-interpreter has a stack in each: the outer one waits for the
/// one that holds its interpreter's lock, though to the kernel it is all one running thread.
fn leave_suspended_calls_idle(samples: &mut [Sample]) {
    let running: Vec<u32> =
        samples.iter().filter(|sample| sample.state.holds_gil).map(|s| s.thread).collect();
    for sample in samples.iter_mut().filter(|sample| !sample.state.holds_gil) {
        sample.state.on_cpu &= !running.contains(&sample.thread);
    }
}
