//! How many tasks an event loop has, and some of them.

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
const PAUSE: Duration = Duration::from_millis(50);

/// And so many times as long as the last one took: large programs have many tasks.
const PAUSES: u32 = 50;

/// Tasks of which it is asked whether they are done, where those are not told apart.
const ASKED: usize = 256;

/// The tasks of a loop that are not done.
#[derive(Debug)]
pub(in crate::sample) struct Counted {
    /// How many there are.
    pub(in crate::sample) count: u64,
    /// Where some of them are.
    pub(in crate::sample) chosen: Vec<u64>,
}

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
    ) -> Option<Counted> {
        let began = Instant::now();
        let count = if self.python.at_least(3, 14) {
            let find = || sections::find(self.pid, memory, asyncio);
            let linked = *self.linked.get_or_insert_with(find);
            linked.and_then(|linked| count_linked(memory, linked, thread))
        } else {
            let objects = Objects::new(memory, self.python, layout);
            objects.and_then(|objects| count_registered(memory, asyncio, objects, run_once))
        };
        self.pause(began);
        count
    }

    /// Lets some time pass, the more, the longer it took since it `began`.
    pub(super) fn pause(&mut self, began: Instant) {
        let now = Instant::now();
        let due = now + PAUSE.max(PAUSES * now.duration_since(began));
        self.due = self.due.max(Some(due));
    }
}

/// A thread's list of its tasks, which those leave that are done. `struct llist_node` has the next
/// and the previous node (pycore_llist.h): a list that changes meanwhile does not link back.
fn count_linked<M: Memory>(memory: &M, linked: Linked, thread: u64) -> Option<Counted> {
    let head = thread.checked_add(linked.head)?;
    let (mut node, mut before) = (head, None);
    let mut tasks = Vec::new();
    for _ in 0..=limits::COUNTED_TASKS {
        let mut links = [0; 16];
        memory.read(node, &mut links).ok()?;
        let (next, previous) = (word(&links, 0)?, word(&links, 8)?);
        if before.is_some_and(|before| before != previous) {
            return None;
        }
        if next == head {
            break;
        }
        (before, node) = (Some(node), next);
        tasks.push(node.checked_sub(linked.node)?);
    }
    let count = (tasks.len() as u64).min(limits::COUNTED_TASKS);
    Some(Counted { count, chosen: chosen(&tasks) })
}

/// The sets of all tasks, in which those that are done stay while somebody holds them.
fn count_registered<M: Memory>(
    memory: &M,
    asyncio: &AsyncioLayout,
    mut objects: Objects<'_, M>,
    run_once: u64,
) -> Option<Counted> {
    let sets = registered_sets(&mut objects, run_once)?;
    let all = sets.references.len() + sets.eager.len();
    // Neighbours in a set are often of one age.
    let step = (sets.references.len() / ASKED).max(1);
    let asked: Vec<_> = sets.references.iter().copied().step_by(step).collect();
    let tasks = objects.follow(&asked);
    let tasks = tasks.iter().flatten().filter_map(super::listing::referent);
    let tasks: Vec<_> = tasks.chain(sets.eager.into_iter().take(ASKED)).collect();
    let asked = tasks.len().max(1) as f64;
    let pending = tasks.iter().map(|task| task.object);
    let pending: Vec<u64> = pending.filter(|&task| is_pending(memory, asyncio, task)).collect();
    let count = (all as f64 * pending.len() as f64 / asked).round() as u64;
    Some(Counted { count, chosen: chosen(&pending) })
}

/// Some tasks from all over their list: those that are made in turns stand in it in turns.
fn chosen(tasks: &[u64]) -> Vec<u64> {
    /// Multiples of the golden ratio spread evenly and never fall into step.
    const STRIDE: f64 = 0.618_033_988_749_895;
    if tasks.len() <= limits::LOOKED_TASKS {
        return tasks.to_vec();
    }
    let place = |turn: usize| (turn as f64 * STRIDE).fract() * tasks.len() as f64;
    (1..=limits::LOOKED_TASKS).filter_map(|turn| tasks.get(place(turn) as usize)).copied().collect()
}

fn is_pending<M: Memory>(memory: &M, asyncio: &AsyncioLayout, task: u64) -> bool {
    let mut state = [0xff; 4];
    let read = task.checked_add(asyncio.task.state).map(|at| memory.read(at, &mut state));
    read.is_some_and(|read| read.is_ok()) && state == [0; 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_chosen_from_all_over_and_not_in_step() {
        let tasks: Vec<u64> = (0..10_000).collect();
        let some = chosen(&tasks);
        assert_eq!(some.len(), limits::LOOKED_TASKS);
        for part in [2, 3, 4] {
            let of_part = some.iter().filter(|&&task| task % part == 0).count() as u64;
            let share = of_part * part * 100 / some.len() as u64;
            assert!((70..=130).contains(&share), "every {part}th: {share} %");
        }
        assert!(some.iter().any(|&task| task < 500) && some.iter().any(|&task| task > 9_500));
        assert_eq!(chosen(&tasks[..5]), [0, 1, 2, 3, 4]);
    }
}
