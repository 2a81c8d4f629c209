//! What keeps an asyncio event loop.

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::TextRange;

use crate::shape::Id;
use crate::words::{duration, thousands};
use crate::{Case, Evidence, Hotspot};

/// Tasks from which on one that keeps the loop is sure to keep another that could go on: there may be
/// one that only waits for it.
pub const OTHERS: u64 = 3;

/// Part of the looks that stands for all.
const MOSTLY: f64 = 0.5;

/// Samples of a thread that ran an event loop, with one of its callbacks on the stack: meanwhile no
/// other task could go on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InEventLoop {
    /// The thread computed.
    pub busy: u64,
    /// The thread slept or waited.
    pub idle: u64,
    /// Callbacks that were seen to stay for 10 ms and more, without a return to the loop.
    pub stalls: u64,
    /// The longest of them, in seconds, from its first sample to its last: at least so long, and at
    /// most two sampling intervals longer.
    pub longest: f64,
    /// What at least two of them computed, or the only one did, in seconds, up to a tick of the kernel
    /// more or less than it was: what they waited, or were kept from a processor, is not in it. Where the
    /// kernel does not tell it is [`InEventLoop::longest`].
    pub computed: f64,
    /// The coroutine whose step the longest was; nothing when it was no task's.
    pub coroutine: String,
}

/// asyncio tasks that had a place on their stack of coroutines when they were looked at, which happens
/// some times a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Awaited {
    /// Tasks of one loop at once, the most at any look; of very many at the least so many.
    pub tasks: u64,
    /// Looks that found a task waiting there while the loop had nothing else to do.
    pub looks: u64,
}

impl Case<'_> {
    /// asyncio tasks that were in a function's coroutines at once, the most at any place of it.
    pub(crate) fn tasks_in(&self, function: Id) -> u64 {
        let AnyNodeRef::StmtFunctionDef(def) = self.tree[function] else { return 0 };
        let Some(first) = def.body.first() else { return 0 };
        let code = self.tree.code(self.tree.id_of(first), self.python);
        let is_own =
            |spot: &&Hotspot| (&spot.function, spot.function_line) == (&code.name, code.first_line);
        let own = self.hotspots.iter().filter(is_own);
        own.map(|spot| spot.awaited.tasks).max().unwrap_or(0)
    }

    /// The part of the looks at the loop's tasks, 0 to 1, that found one waiting in the very operation
    /// that `range` is, and none that computed.
    pub(crate) fn awaited(&self, range: TextRange) -> f64 {
        let looks = self.activity.map_or(0, |activity| activity.task_looks);
        let spots = self.hotspots_on(&[range]);
        let waited = spots.iter().map(|spot| spot.awaited.looks).max().unwrap_or(0);
        if looks == 0 { 0.0 } else { (waited as f64 / looks as f64).min(1.0) }
    }

    /// How the very operation that `range` is kept an event loop, what it calls included.
    pub fn in_event_loop(&self, range: TextRange) -> InEventLoop {
        let mut kept = InEventLoop::default();
        for hotspot in self.hotspots_on(&[range]) {
            kept.add(&hotspot.in_event_loop);
        }
        kept
    }

    /// Samples in which the operation that `range` is had called another function of the program's
    /// own, computing and waiting: what is theirs to answer for.
    pub(crate) fn handed_on(&self, range: TextRange) -> (u64, u64) {
        let spots = self.hotspots_on(&[range]);
        let callees = spots.iter().flat_map(|spot| &spot.callees);
        let own = callees.filter(|callee| {
            let module = callee.module.as_str();
            module.is_empty() || module.contains('/') || module.ends_with(".py")
        });
        own.fold((0, 0), |most, callee| {
            (most.0.max(callee.samples), most.1.max(callee.idle_samples))
        })
    }

    /// Whether others could go on while the loop computes: not only once in the run, but at most looks
    /// that found it busy.
    pub(crate) fn others_wait_for_work(&self) -> bool {
        let crowded = self.activity.and_then(|activity| activity.crowded);
        self.others_wait().is_some() && crowded.is_some_and(|part| part >= MOSTLY)
    }

    /// Whether anybody suffers when an event loop is kept: there are more tasks than one and the one
    /// that it waits for. `None` when nobody counted.
    pub(crate) fn others_wait(&self) -> Option<u64> {
        self.activity.and_then(|activity| activity.tasks).filter(|&tasks| tasks >= OTHERS)
    }
}

impl InEventLoop {
    /// What was seen, with the resolution that it was seen at.
    pub(crate) fn evidence(&self, case: &Case<'_>) -> Evidence {
        let interval = case.activity.map_or(0.0, |activity| activity.interval);
        let times = match self.stalls {
            1 => "once".to_owned(),
            stalls => format!("{} times", thousands(stalls)),
        };
        Evidence::Fact(format!(
            "was seen to keep the event loop for 10 ms and more {times}, the longest for {} (looked at \
             every {})",
            duration(self.longest),
            duration(interval),
        ))
    }

    fn add(&mut self, other: &Self) {
        self.busy += other.busy;
        self.idle += other.idle;
        self.stalls += other.stalls;
        self.computed = self.computed.max(other.computed);
        if other.longest > self.longest {
            self.longest = other.longest;
            self.coroutine.clone_from(&other.coroutine);
        }
    }
}
