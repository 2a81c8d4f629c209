//! Every task of a process, for a dump.

use advisors::Python;
use rustc_hash::FxHashSet;

use super::chain::{self, Chain, Progress};
use super::layout::{AsyncioLayout, MODULE_DICT, REFERENT};
use super::sections;
use crate::limits;
use crate::sample::chain::RawFrame;
use crate::sample::dump::{Task, TaskState};
use crate::sample::memory::Memory;
use crate::sample::operands::{Edge, Objects, Reached};
use crate::sample::walker::{Overview, Seen, Walker};
use crate::text::Untrusted;

/// The tasks that are not done, and whether there are more.
#[derive(Debug, Default)]
pub(in crate::sample) struct Listing {
    pub(in crate::sample) tasks: Vec<Listed>,
    pub(in crate::sample) more: bool,
}

/// A task as it was seen.
#[derive(Debug)]
pub(in crate::sample) struct Listed {
    pub(in crate::sample) task: Task,
    /// Where each of its frames is.
    pub(in crate::sample) raw: Vec<RawFrame>,
}

/// Where the tasks of a process are found, and how they are read.
pub(in crate::sample) struct Lister<'a, M> {
    walker: &'a mut Walker<M>,
    memory: &'a M,
    objects: Objects<'a, M>,
    layout: AsyncioLayout,
    /// Where a thread's state has the head of its list of tasks, and a task its node in it (3.14).
    linked: Option<Linked>,
}

/// `struct llist_node` (pycore_llist.h) in a thread's state and in its tasks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linked {
    pub(super) head: u64,
    pub(super) node: u64,
}

impl<'a, M: Memory> Lister<'a, M> {
    /// A lister for process `pid`; `None` when this CPython's tasks cannot be read.
    pub(in crate::sample) fn new(
        pid: u32,
        python: Python,
        walker: &'a mut Walker<M>,
        memory: &'a M,
    ) -> Option<Self> {
        let layout = AsyncioLayout::of(python)?;
        let objects = Objects::new(memory, python, walker.layout())?;
        let linked = match python.at_least(3, 14) {
            true => Some(sections::find(pid, memory, &layout)?),
            false => None,
        };
        Some(Self { walker, memory, objects, layout, linked })
    }

    /// Lists the tasks of the threads in `overview`.
    pub(in crate::sample) fn list(mut self, overview: &Overview) -> Listing {
        let mut found = Vec::new();
        let mut seen = FxHashSet::default();
        let mut more = false;
        for thread in &overview.threads {
            let tasks = match self.linked {
                Some(linked) => self.linked_tasks(thread, linked),
                None => self.registered_tasks(thread),
            };
            for task in tasks.iter().filter(|task| seen.insert(task.address())) {
                match found.len() {
                    0..limits::DUMPED_TASKS => found.extend(self.task(task)),
                    _ => more = true,
                }
            }
        }
        found.sort_by(|a: &Listed, b| {
            (&a.task.state, &a.task.coroutine).cmp(&(&b.task.state, &b.task.coroutine))
        });
        Listing { tasks: found, more }
    }

    /// 3.14 and later: each thread's state has a list of the tasks that were made in it.
    fn linked_tasks(&mut self, thread: &Seen, linked: Linked) -> Vec<Reached> {
        let mut addresses = Vec::new();
        let Some(head) = thread.state.checked_add(linked.head) else { return Vec::new() };
        let mut node = head;
        while addresses.len() <= limits::DUMPED_TASKS {
            let mut next = [0; 8];
            if self.memory.read(node, &mut next).is_err() {
                break;
            }
            node = u64::from_le_bytes(next);
            match node.checked_sub(linked.node) {
                Some(task) if node != head => addresses.push(task),
                _ => break,
            }
        }
        addresses.into_iter().filter_map(|task| self.objects.object(task)).collect()
    }

    /// Before 3.14: `asyncio.tasks` has a set of weak references to all tasks, and from 3.12 on one
    /// of those that were started eagerly. A module that an event loop's frames use leads there; a
    /// loop that is not written in Python has none, but was called from one that knows asyncio.
    fn registered_tasks(&mut self, thread: &Seen) -> Vec<Reached> {
        let is_loop = |frame: &crate::sample::Frame| {
            frame.code.name.data() == "BaseEventLoop._run_once"
                && frame.code.file.data().ends_with("asyncio/base_events.py")
        };
        let coroutine = || thread.raw.iter().rposition(|raw| raw.header.is_in_generator());
        let run_once = thread.sample.frames.iter().rposition(is_loop);
        let leading = run_once.unwrap_or_else(|| coroutine().map_or(0, |inner| inner + 1));
        let Some(raw) = thread.raw.get(leading) else { return Vec::new() };
        let Some(sets) = registered_sets(&mut self.objects, raw.address) else { return Vec::new() };
        let Sets { mut references, eager } = sets;
        references.truncate(limits::DUMPED_TASKS + 1);
        let references = self.objects.follow(&references);
        let mut tasks: Vec<Edge> = references.iter().flatten().filter_map(referent).collect();
        tasks.extend(eager);
        self.objects.follow(&tasks).into_iter().flatten().collect()
    }

    /// A task that is not done.
    fn task(&mut self, task: &Reached) -> Option<Listed> {
        const PENDING: u32 = 0;
        let fields = self.layout.task;
        let mut state = [0; 4];
        self.memory.read(task.address().checked_add(fields.state)?, &mut state).ok()?;
        if u32::from_le_bytes(state) != PENDING {
            return None;
        }
        let coroutine = self.objects.at(task.address().checked_add(fields.coroutine)?)?;
        let layout = *self.walker.layout();
        let Chain { frames, progress } = chain::follow(
            self.memory,
            &layout,
            &self.layout,
            &mut self.objects,
            coroutine,
            limits::AWAITS,
        );
        let seen = frames.into_iter().map_while(|frame| self.walker.frame_at(frame));
        let (mut raw, mut frames): (Vec<_>, Vec<_>) = seen.unzip();
        let coroutine = frames.first()?.code.name.clone();
        raw.reverse();
        frames.reverse();
        let waiter = self.objects.at(task.address().checked_add(fields.waiter)?);
        let state = match (progress, waiter.filter(|waiter| !waiter.is_native("NoneType"))) {
            (Progress::Executing, _) => TaskState::Running,
            (_, Some(waiter)) => TaskState::Waiting {
                type_name: waiter.type_name().clone(),
                task: (waiter.type_name().data() == "Task").then(|| self.name(&waiter)).flatten(),
            },
            (_, None) => TaskState::Ready,
        };
        let name = self.name(task);
        Some(Listed { task: Task { name, coroutine, state, frames, locals: Vec::new() }, raw })
    }

    /// A task's name; a number stands for the one that asyncio makes up.
    fn name(&mut self, task: &Reached) -> Option<Untrusted> {
        let name = self.objects.at(task.address().checked_add(self.layout.task.name)?)?;
        self.objects.text(&name).or_else(|| {
            let number = self.objects.number(&name)?;
            Some(Untrusted::new(format!("Task-{number}")))
        })
    }
}

/// asyncio's sets of its tasks, before 3.14.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// Weak references.
    pub(super) references: Vec<Edge>,
    /// Tasks that were started eagerly (3.12).
    pub(super) eager: Vec<Edge>,
}

/// The sets that a frame of asyncio's, or of a module that imports asyncio, leads to.
pub(super) fn registered_sets<M: Memory>(objects: &mut Objects<'_, M>, frame: u64) -> Option<Sets> {
    let globals = objects.globals(frame)?;
    let package = objects.item(&globals, "asyncio");
    let package = package.and_then(|it| variables(objects, &it));
    let module = objects.item(package.as_ref().unwrap_or(&globals), "tasks")?;
    let module = variables(objects, &module)?;
    let mut sets = Sets::default();
    for name in ["_all_tasks", "_scheduled_tasks"] {
        let Some(weak_set) = objects.item(&module, name) else { continue };
        let Some(set) = objects.attribute(&weak_set, "data") else { continue };
        sets.references.extend(objects.elements(&set, limits::TASK_TABLE));
    }
    if let Some(eager) = objects.item(&module, "_eager_tasks") {
        sets.eager = objects.elements(&eager, limits::TASK_TABLE);
    }
    Some(sets)
}

/// The variables of a module.
fn variables<M: Memory>(objects: &mut Objects<'_, M>, module: &Reached) -> Option<Reached> {
    let variables = module.is_native("module").then(|| module.pointer(MODULE_DICT)).flatten()?;
    objects.reach(variables)
}

/// What a weak reference refers to.
pub(super) fn referent(reference: &Reached) -> Option<Edge> {
    reference.pointer(REFERENT)
}
