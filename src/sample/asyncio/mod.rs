//! Which asyncio task a thread is in.
//!
//! A stack inside a task has its coroutine's frame right above `Handle._run`, which the event loop
//! calls for everything it does. The frame is part of the coroutine, and the handle leads to the
//! task that drives it; a task is believed only if it says that this is its coroutine. A task that
//! another starts eagerly (3.12), and those of a loop that is not written in Python, are told by
//! their coroutines, without the names they were given.

mod callback;
mod chain;
mod count;
mod driver;
mod label;
mod layout;
mod listing;
mod sections;

pub(super) use chain::Chain;
pub(super) use count::Counted;
pub(super) use listing::{Listed, Lister};

use advisors::Python;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;
use std::time::Instant;

use super::batch::{Batch, Slot};
use super::chain::RawFrame;
use super::layout::Layout;
use super::memory::Memory;
use super::operands::Objects;
use super::{Callback, Frame, Task};
use crate::limits;
use crate::text::Untrusted;
use count::Counter;
use label::Found;
use layout::AsyncioLayout;

/// Tells tasks by their coroutines' frames, and remembers them.
#[derive(Debug)]
pub(super) struct Asyncio {
    python: Python,
    layout: AsyncioLayout,
    known: FxHashMap<u64, Found>,
    told: FxHashSet<Arc<Task>>,
    /// The tasks of the last sweep, asked for along with the next.
    expected: Vec<Expected>,
    /// Those of this sweep.
    met: Vec<u64>,
    searches: usize,
    counter: Counter,
}

#[derive(Debug)]
struct Expected {
    frame: u64,
    slots: [Slot; 2],
}

impl Asyncio {
    /// `None` when the version's tasks cannot be read.
    pub(super) fn new(pid: u32, python: Python) -> Option<Self> {
        Some(Self {
            python,
            layout: AsyncioLayout::of(python)?,
            known: FxHashMap::default(),
            told: FxHashSet::default(),
            expected: Vec::new(),
            met: Vec::new(),
            searches: 0,
            counter: Counter::new(pid, python),
        })
    }

    /// Begins a sweep: asks in its batch for what tells whether threads are in the tasks that they
    /// were in. A program without asyncio has none.
    pub(super) fn ask(&mut self, batch: &mut Batch) {
        self.searches = 0;
        self.expected.clear();
        for frame in self.met.drain(..) {
            if let Some(found) = self.known.get(&frame) {
                let slots = found.mark.ask(&self.layout, batch);
                self.expected.push(Expected { frame, slots });
            }
        }
    }

    /// The task that a stack is in. Its frames are given twice, where they are and what they run.
    pub(super) fn task<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        batch: &Batch,
        raw: &[RawFrame],
        frames: &[Frame],
    ) -> Option<Arc<Task>> {
        let driven = driver::innermost(raw, frames)?;
        let (coroutine, frame) = (&frames[driven.coroutine], raw[driven.coroutine].address);
        let Some(handle) = driven.handle else { return Some(self.tell(None, coroutine)) };
        if self.met.len() < limits::TASK_SEARCHES {
            self.met.push(frame);
        }
        let is_same = |found: &Found| Arc::ptr_eq(&found.code, &coroutine.code);
        let confirmed =
            self.known.get(&frame).filter(|found| is_same(found)).is_some_and(|found| {
                let expected = self.expected.iter().find(|expected| expected.frame == frame);
                match expected {
                    Some(expected) => found.mark.holds(batch, expected.slots),
                    None => found.mark.holds_now(&self.layout, memory),
                }
            });
        if !confirmed {
            self.search(memory, layout, raw[handle].address, frame, coroutine);
        }
        let known = self.known.get(&frame).filter(|found| is_same(found));
        let task = known.map(|found| Arc::clone(&found.task));
        Some(task.unwrap_or_else(|| self.tell(None, coroutine)))
    }

    /// The callback that a stack is in, `now` being when it was read.
    pub(super) fn callback<M: Memory>(
        &self,
        memory: &M,
        layout: &Layout,
        raw: &[RawFrame],
        frames: &[Frame],
        now: Instant,
    ) -> Option<Callback> {
        callback::find(memory, layout, &self.layout, raw, frames, now)
    }

    /// How many tasks the event loop has that a thread runs, now and then: its stack is given twice,
    /// and where its state is.
    pub(super) fn count_tasks<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        thread: u64,
        raw: &[RawFrame],
        frames: &[Frame],
        now: Instant,
    ) -> Option<Counted> {
        if !self.counter.is_due(now) {
            return None;
        }
        let run_once = raw.get(callback::run_once(frames)?)?.address;
        self.counter.count(memory, layout, &self.layout, thread, run_once)
    }

    /// The coroutines of tasks, each with what it waits for. That counts as time spent counting.
    pub(super) fn chains<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        tasks: &[u64],
    ) -> Vec<Chain> {
        let began = Instant::now();
        let coroutine_at = self.layout.task.coroutine;
        let Some(mut objects) = Objects::new(memory, self.python, layout) else {
            return Vec::new();
        };
        let chain = |&task: &u64| {
            let coroutine = objects.at(task.checked_add(coroutine_at)?)?;
            let steps = limits::LOOKED_AWAITS;
            Some(chain::follow(memory, layout, &self.layout, &mut objects, coroutine, steps))
        };
        let chains = tasks.iter().filter_map(chain).collect();
        self.counter.pause(began);
        chains
    }

    /// Looks for the task of the coroutine whose frame is at `frame`, run by the `Handle._run`
    /// whose frame is at `handle`.
    fn search<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        handle: u64,
        frame: u64,
        coroutine: &Frame,
    ) {
        self.known.remove(&frame);
        if self.searches >= limits::TASK_SEARCHES {
            return;
        }
        self.searches += 1;
        let Some((mark, name)) = label::find(memory, layout, &self.layout, handle, frame) else {
            return;
        };
        if self.known.len() >= limits::CACHED_TASKS {
            self.known.clear();
        }
        let task = self.tell(name, coroutine);
        self.known.insert(frame, Found { mark, code: Arc::clone(&coroutine.code), task });
    }

    /// The same task for the same words.
    fn tell(&mut self, name: Option<Untrusted>, coroutine: &Frame) -> Arc<Task> {
        let task = Task { name, coroutine: coroutine.code.name.clone() };
        if let Some(told) = self.told.get(&task) {
            return Arc::clone(told);
        }
        if self.told.len() >= limits::CACHED_TASKS {
            self.told.clear();
        }
        let task = Arc::new(task);
        self.told.insert(Arc::clone(&task));
        task
    }
}

/// Whether a thread with these frames runs an event loop of asyncio's own (asyncio/base_events.py):
/// `BaseEventLoop.run_forever`, without its class before 3.11.
pub(super) fn runs_event_loop(frames: &[Frame]) -> bool {
    frames.iter().any(|frame| {
        frame.code.name.data().ends_with("run_forever")
            && frame.code.file.data().ends_with("asyncio/base_events.py")
    })
}
