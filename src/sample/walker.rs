//! Our own walk of CPython 3.11 and later: all threads of a process in one read, at the
//! instruction's exact place.

mod deep;
mod dump;
pub(super) mod joined;
mod lists;
mod rest;
mod runners;
mod stack;
mod tasks;

pub(crate) use deep::left_out;
pub(super) use dump::{Overview, Seen};

use std::time::{Duration, Instant};

use advisors::Python;

use runners::{Said, Stacks};
use stack::{frames_left_out, too_fast};

use super::asyncio::{Asyncio, Counted};
use super::batch::{Batch, Slot};
use super::chain::RawFrame;
use super::code::CodeCache;
use super::collector;
use super::evidence::Evidence;
use super::interpreter::{Interpreter, Parts};
use super::layout::Layout;
use super::memory::{Memory, ReadError};
use super::operands::Standing;
use super::tasks::Tasks;
use super::thread::Thread;
use super::{Callback, Collector, Frame, Sample, State, Sweep};

/// Walks the stacks of one process.
#[derive(Debug)]
pub(super) struct Walker<M> {
    memory: M,
    layout: Layout,
    /// Address of `_PyRuntime`.
    runtime: u64,
    interpreters: Vec<Interpreter>,
    /// Where `batch` has the interpreters' parts.
    parts: Vec<Parts>,
    /// Who held each interpreter's lock when the thread in hand was read.
    holders: Vec<Option<u64>>,
    /// The interpreters of which a sample of this sweep has the lock: a thread that is looked at again may
    /// have got it since.
    held: Vec<usize>,
    threads: Vec<Thread>,
    /// What the state of each is linked to.
    links: Vec<u64>,
    /// What each says of itself, where that is to be doubted of any.
    said: Vec<Said>,
    stacks: Stacks,
    /// Threads beyond `limits::THREADS`.
    left_out: u32,
    codes: CodeCache,
    batch: Batch,
    again: Batch,
    /// Whether the next read has to confirm the code objects.
    confirm: bool,
    gap: Frame,
    unseen: Frame,
    /// Whether the threads are held during a sweep.
    pub(super) stands_still: bool,
    /// When the sweep began.
    now: Instant,
    interpreters_checked: Instant,
    /// Where `batch` has the newest interpreter's address, when it was asked for.
    newest: Option<Slot>,
    evidence: Option<Evidence>,
    asyncio: Option<Asyncio>,
    /// asyncio tasks, when they were counted in this sweep, and whether their thread was busy.
    tasks: Option<(Counted, bool)>,
    /// Which CPython, where its garbage collector is asked, and when it was.
    collector: Option<(Python, Instant)>,
}

/// The kernel is not asked whether a thread runs that holds the lock and was seen to run so short a
/// time ago: it runs, waits for a processor, or keeps everybody waiting, and counts as busy.
const RAN: Duration = Duration::from_millis(1);

/// How often the garbage collector is asked.
const COLLECTOR_ASKED: Duration = Duration::from_millis(500);

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
            parts: Vec::new(),
            holders: Vec::new(),
            held: Vec::new(),
            threads: Vec::new(),
            links: Vec::new(),
            said: Vec::new(),
            stacks: Stacks::default(),
            left_out: 0,
            codes: CodeCache::new(),
            batch: Batch::default(),
            again: Batch::default(),
            confirm: true,
            gap: frames_left_out(),
            unseen: too_fast(),
            stands_still: false,
            now: Instant::now(),
            interpreters_checked: Instant::now(),
            newest: None,
            evidence,
            asyncio: None,
            tasks: None,
            collector: None,
        }
    }

    /// The same, which tells the asyncio tasks that threads are in too.
    pub(super) fn with_tasks(self, asyncio: Option<Asyncio>) -> Self {
        Self { asyncio, ..self }
    }

    /// The same, which asks the garbage collector of that version too.
    pub(super) fn with_collector(self, python: Python) -> Self {
        Self { collector: Some((python, self.now)), ..self }
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
        self.now = Instant::now();
        self.read_all(Some(&mut *tasks))?;
        if !self.threads_are_as_expected() || self.has_new_interpreters() {
            self.find_threads();
        }
        self.note_said();
        if let Some(evidence) = &mut self.evidence {
            evidence.begin_sweep();
        }
        self.tasks = None;
        self.held.clear();
        let mut sweep = Sweep { unreadable: self.left_out, ..Sweep::default() };
        let (mut raw, mut lost) = (Vec::new(), Vec::new());
        for index in 0..self.threads.len() {
            match self.sample(index, tasks, &mut raw)? {
                Ok(sample) => sweep.samples.push(sample),
                Err(Loss::Nothing) => {}
                Err(loss) => {
                    let tid = self.threads[index].tid();
                    if tid.is_none_or(|tid| !lost.contains(&tid)) {
                        sweep.torn += u32::from(loss == Loss::Torn);
                        sweep.unreadable += u32::from(loss == Loss::Unreadable);
                    }
                    lost.extend(tid);
                }
            }
        }
        sweep.tasks = self.look_at_tasks();
        sweep.collector = self.ask_collector();
        if self.interpreters.len() > 1 {
            sweep.samples = joined::by_thread(sweep.samples, &lost);
        }
        sweep.samples.iter_mut().for_each(|sample| deep::bound(sample, &self.gap));
        Ok(sweep)
    }

    /// Reads all threads and interpreters, in one call where their addresses are known.
    /// Those that sleep on are left out, if it can be told by `tasks`.
    fn read_all(&mut self, mut tasks: Option<&mut Tasks>) -> Result<(), ReadError> {
        self.batch.clear();
        for thread in &mut self.threads {
            let (tid, tasks) = (thread.tid(), tasks.as_deref_mut());
            if thread.rest.begin_sweep(tid, tasks, self.now) {
                continue;
            }
            thread.ask(&self.layout, &self.codes, self.confirm, &mut self.batch);
        }
        if let Some(asyncio) = &mut self.asyncio {
            asyncio.ask(&mut self.batch);
        }
        let ask = |interpreter: &Interpreter| interpreter.ask(&self.layout, &mut self.batch);
        self.parts = self.interpreters.iter().map(ask).collect();
        self.ask_for_interpreters();
        self.batch.run(&self.memory)?;
        let (layout, batch, parts) = (&self.layout, &self.batch, &self.parts);
        self.confirm =
            take_note_of_new_code(&mut self.interpreters, &mut self.codes, |interpreter, index| {
                interpreter.has_moved_on(layout, batch, &parts[index])
            });
        Ok(())
    }

    /// What the garbage collector of the main interpreter, the last in the list, says now and then.
    fn ask_collector(&mut self) -> Option<Collector> {
        let (python, asked) = self.collector.as_mut()?;
        if self.now.duration_since(*asked) < COLLECTOR_ASKED {
            return None;
        }
        *asked = self.now;
        let collecting = self.interpreters.last()?.address + self.layout.interpreter.collecting;
        collector::read(&self.memory, *python, collecting)
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
        if let Some(sample) = self.sleeping(index) {
            return Ok(Ok(sample));
        }
        let leaf = self.threads[index].resolved().leaf();
        let (frames, truncated) = match self.stack(index, raw)? {
            Ok(stack) => stack,
            Err(loss) => return Ok(Err(loss)),
        };
        let Some(tid) = self.find_runner(index, tasks) else {
            return Ok(Err(Loss::Unreadable));
        };
        let thread = &mut self.threads[index];
        if leaf.is_some() && leaf != thread.resolved().leaf() {
            thread.ran_at = Some(self.now);
        }
        let Some(state) = self.state(index, tid, tasks) else {
            return Ok(Err(Loss::Nothing));
        };
        // What runs is asked first: a look takes longer than many a callback.
        let task = self.asyncio.as_mut().and_then(|asyncio| {
            asyncio.task(&self.memory, &self.layout, &self.batch, raw, &frames)
        });
        let callback = self.asyncio.as_ref().and_then(|asyncio| {
            let callback = asyncio.callback(&self.memory, &self.layout, raw, &frames, self.now)?;
            Some(Callback { computed: tasks.processor_time(tid), ..callback })
        });
        let thread = &self.threads[index];
        let operands = match &mut self.evidence {
            Some(evidence) if state.is_busy() => {
                let stack = Standing {
                    layout: &self.layout,
                    thread: thread.address,
                    cframe: thread.cframe().unwrap_or(0),
                    frames: raw,
                };
                evidence.look(&self.memory, stack, &frames)
            }
            _ => Vec::new(),
        };
        let asyncio = self.asyncio.as_mut().filter(|_| !tasks.is_held());
        let counted = asyncio.and_then(|asyncio| {
            let thread = self.threads[index].address;
            asyncio.count_tasks(&self.memory, &self.layout, thread, raw, &frames, self.now)
        });
        if let Some(counted) = counted
            && self.tasks.as_ref().is_none_or(|(known, _)| known.count < counted.count)
        {
            self.tasks = Some((counted, state.is_busy()));
        }
        let sample = Sample { thread: tid, state, task, callback, frames, truncated, operands };
        self.let_rest(index, &sample, tasks);
        Ok(Ok(sample))
    }

    /// What a thread is doing; `None` when it has ended.
    fn state(&mut self, index: usize, tid: u32, tasks: &mut Tasks) -> Option<State> {
        let thread = &mut self.threads[index];
        let is_own = |it: &Interpreter| it.address == thread.interpreter();
        let number = self.interpreters.iter().position(is_own)?;
        let parts = self.parts.get(number);
        let holder = self.holders.get(number).copied().flatten();
        let holds_gil = holder == Some(thread.address) && !self.held.contains(&number);
        let gil = &self.interpreters[number].gil;
        let ran = thread.ran_at.is_some_and(|at| self.now.duration_since(at) < RAN);
        let is_known = holds_gil && ran && !tasks.is_held();
        let mut state = match is_known {
            true => State { on_cpu: true, holds_gil, ..State::IDLE },
            false => tasks.state(tid, holds_gil, |futex| gil.is_waited_for_at(futex))?,
        };
        if state.on_cpu && !ran {
            thread.ran_at = Some(self.now);
        }
        state.waits_for_gil |= !holds_gil && thread.requests_gil();
        state.collects = state.holds_gil && parts.is_some_and(|it| it.collects(&self.batch));
        state.handles_exception = thread.handles_exception();
        self.held.extend(state.holds_gil.then_some(number));
        Some(state)
    }
}

fn gil_holders(interpreters: &[Interpreter], parts: &[Parts], batch: &Batch) -> Vec<Option<u64>> {
    interpreters.iter().zip(parts).map(|(it, parts)| it.gil_holder(batch, parts)).collect()
}

/// Begins a look when any interpreter has moved on: code objects have to be confirmed anew.
fn take_note_of_new_code(
    interpreters: &mut [Interpreter],
    codes: &mut CodeCache,
    mut has_moved_on: impl FnMut(&mut Interpreter, usize) -> bool,
) -> bool {
    let mut any = false;
    for (index, interpreter) in interpreters.iter_mut().enumerate() {
        any |= has_moved_on(interpreter, index);
    }
    if any {
        codes.begin_look();
    }
    any
}
