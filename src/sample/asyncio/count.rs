//! How many tasks an event loop has.

use std::time::{Duration, Instant};

use advisors::Python;

use super::layout::AsyncioLayout;
use super::listing::{Linked, registered_sets};
use super::sections;
use crate::limits;
use crate::sample::bytes::word;
use crate::sample::layout::Layout;
use crate::sample::memory::Memory;
use crate::sample::operands::Objects;

/// From one count to the next.
const PAUSE: Duration = Duration::from_millis(250);

/// And so many times as long as the last one took: large programs have many tasks.
const PAUSES: u32 = 50;

/// Tasks of which it is asked whether they are done, where those are not told apart.
const ASKED: usize = 256;

/// Counts tasks now and then.
#[derive(Debug)]
pub(super) struct Counter {
    pid: u32,
    python: Python,
    due: Option<Instant>,
    /// Where tasks are linked, from 3.14 on, once it was looked for.
    linked: Option<Option<Linked>>,
}

impl Counter {
    pub(super) fn new(pid: u32, python: Python) -> Self {
        Self { pid, python, due: None, linked: None }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    /// The tasks that are not done, of the loop whose `_run_once` has its frame at `run_once` and
    /// whose thread has its state at `thread`. `None` when they cannot be told.
    pub(super) fn count<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        asyncio: &AsyncioLayout,
        thread: u64,
        run_once: u64,
    ) -> Option<u64> {
        let began = Instant::now();
        let count = if self.python.at_least(3, 14) {
            let find = || sections::find(self.pid, memory, asyncio);
            let linked = *self.linked.get_or_insert_with(find);
            linked.and_then(|linked| count_linked(memory, thread.checked_add(linked.head)?))
        } else {
            let objects = Objects::new(memory, self.python, layout);
            objects.and_then(|objects| count_registered(memory, asyncio, objects, run_once))
        };
        let now = Instant::now();
        self.due = Some(now + PAUSE.max(PAUSES * now.duration_since(began)));
        count
    }
}

/// A thread's list of its tasks, which those leave that are done. `struct llist_node` has the next
/// and the previous node (pycore_llist.h): a list that changes meanwhile does not link back.
fn count_linked<M: Memory>(memory: &M, head: u64) -> Option<u64> {
    let (mut node, mut before) = (head, None);
    for count in 0..=limits::COUNTED_TASKS {
        let mut links = [0; 16];
        memory.read(node, &mut links).ok()?;
        let (next, previous) = (word(&links, 0)?, word(&links, 8)?);
        if before.is_some_and(|before| before != previous) {
            return None;
        }
        if next == head {
            return Some(count);
        }
        (before, node) = (Some(node), next);
    }
    Some(limits::COUNTED_TASKS)
}

/// The sets of all tasks, in which those that are done stay while somebody holds them.
fn count_registered<M: Memory>(
    memory: &M,
    asyncio: &AsyncioLayout,
    mut objects: Objects<'_, M>,
    run_once: u64,
) -> Option<u64> {
    let sets = registered_sets(&mut objects, run_once)?;
    let all = sets.references.len() + sets.eager.len();
    // Neighbours in a set are often of one age.
    let step = (sets.references.len() / ASKED).max(1);
    let asked: Vec<_> = sets.references.iter().copied().step_by(step).collect();
    let tasks = objects.follow(&asked);
    let tasks = tasks.iter().flatten().filter_map(super::listing::referent);
    let tasks: Vec<_> = tasks.chain(sets.eager.into_iter().take(ASKED)).collect();
    let pending = tasks.iter().filter(|task| is_pending(memory, asyncio, task.object)).count();
    Some((all as f64 * pending as f64 / tasks.len().max(1) as f64).round() as u64)
}

fn is_pending<M: Memory>(memory: &M, asyncio: &AsyncioLayout, task: u64) -> bool {
    let mut state = [0xff; 4];
    let read = task.checked_add(asyncio.task.state).map(|at| memory.read(at, &mut state));
    read.is_some_and(|read| read.is_ok()) && state == [0; 4]
}
