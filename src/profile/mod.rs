//! A recording: stacks counted by thread and state, what operands were, and the facts about target
//! and machine. Everything downstream is a function of this alone.

mod awaits;
mod decode;
mod encode;
mod entries;
pub mod file;
mod foreign;
mod memory;
mod merge;
pub mod origin;
mod paths;
mod pprof;
mod process;
mod runtime;
pub mod source;
mod stalls;
#[cfg(test)]
mod tests;
pub mod timeline;
mod timing;
mod wire;

pub use awaits::Await;
pub use memory::{Growth, Memory, MemoryPoint};
pub use merge::{Fingerprint, MergeError};
pub use origin::Origin;
use paths::leaves;
pub use paths::{below, without_detours};
pub use process::{Process, Traffic};
pub use runtime::Runtime;
pub use source::{ExpressionSeen, SourceSeen};
pub use stalls::Stall;
pub use timeline::{Part, Slice, Timeline};
pub use timing::Timing;

use std::collections::HashSet;
use std::sync::Arc;

use advisors::{Place, Python};

use crate::sample::{Code, Footprint, State, TOO_FAST, Task};
use crate::text::Untrusted;

/// One recording of one process and, where they were followed, its children.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// Whom it is of.
    pub target: Target,
    /// How it was taken and what was missed.
    pub timing: Timing,
    /// What it ran on.
    pub machine: Machine,
    /// The processes seen while sampling, the target first.
    pub processes: Vec<Process>,
    /// The threads that were sampled.
    pub threads: Vec<Thread>,
    /// Distinct places in code; indices into this are called location ids.
    pub locations: Vec<Location>,
    /// Distinct stacks; indices into this are called stack ids.
    pub stacks: Vec<Stack>,
    /// The asyncio tasks that threads were in.
    pub tasks: Vec<Task>,
    /// How often each stack was seen, by thread, task and state.
    pub counts: Vec<Count>,
    /// What the names in hot expressions were bound to.
    pub operands: Vec<OperandSeen>,
    /// How much memory the processes had, by process id.
    pub memory: Vec<Memory>,
    /// What the processes' interpreters said, by process id.
    pub runtimes: Vec<Runtime>,
    /// How long event loops were kept, by place.
    pub stalls: Vec<Stall>,
    /// Where asyncio tasks waited.
    pub awaits: Vec<Await>,
    /// What ran when; `None` in recordings of other tools and of before this was kept.
    pub timeline: Option<Timeline>,
    /// The hot source files as they were when the recording ended.
    pub sources: Vec<SourceSeen>,
}

/// The process that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// Process id.
    pub pid: u32,
    /// Its arguments, the program first.
    pub command: Vec<Untrusted>,
    /// Its working directory, against which relative file names are resolved.
    pub directory: Option<Untrusted>,
    /// What stands in for it where the recording does not tell it: known to who reads it here and
    /// now, and never written into its file.
    pub assumed_directory: Option<Untrusted>,
    /// Where the folder from which its files are named stands in the repository that it is in: known to
    /// who looks at it here and now, and never written into its file.
    pub place_in_repository: Option<Untrusted>,
    /// Which CPython; `None` when no sample was taken before it ended.
    pub python: Option<Python>,
}

impl Target {
    /// The folder from which its files are named, told or assumed.
    pub fn base(&self) -> Option<&Untrusted> {
        self.directory.as_ref().or(self.assumed_directory.as_ref())
    }

    /// A file's name from that folder on, if it is below it.
    pub fn below_base<'f>(&self, file: &'f str) -> Option<&'f str> {
        let base = self.base()?.data();
        let inside = below(base, file).or_else(|| file.starts_with("./").then_some(file));
        inside.map(|inside| inside.trim_start_matches("./"))
    }

    /// A file's name from the root of the repository on, if it is in it.
    pub fn in_repository(&self, file: &str) -> Option<String> {
        let (base, place) = (self.base()?.data(), self.place_in_repository.as_ref()?.data());
        let is_relative = !file.starts_with('/') && !origin::is_on_drive(file);
        let inside = self.below_base(file).or(is_relative.then_some(file));
        match (inside.filter(|inside| !leaves(inside)), place) {
            (Some(inside), "") => Some(inside.to_owned()),
            (Some(inside), place) => Some(format!("{place}/{inside}")),
            (None, place) => {
                let root = base.strip_suffix(place)?.strip_suffix('/')?;
                below(root, file).filter(|inside| !leaves(inside)).map(str::to_owned)
            }
        }
    }
}

/// What the machine gave the target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Machine {
    /// Processors the target may run on (affinity mask); 0 when unknown.
    pub cpus: u32,
    /// The cgroup's CPU quota in processors, when there is one.
    pub quota: Option<f64>,
}

/// A thread that was sampled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Thread {
    /// Process id.
    pub pid: u32,
    /// Operating-system thread id.
    pub tid: u32,
    /// Its name, when it could be had.
    pub name: Option<Untrusted>,
}

/// A place in a code object.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    /// The code object.
    pub code: Arc<Code>,
    /// Where in the source.
    pub place: Place,
}

/// A stack of location ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Stack {
    /// Leaf first.
    pub locations: Vec<u32>,
}

/// Samples that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Index into [`Profile::stacks`].
    pub stack: u32,
    /// Index into [`Profile::threads`].
    pub thread: u32,
    /// Index into [`Profile::tasks`], when it was in one.
    pub task: Option<u32>,
    /// What the thread was doing.
    pub state: State,
    /// How many samples.
    pub samples: u64,
}

/// What one name was bound to at one location, over all looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperandSeen {
    /// Index into [`Profile::locations`].
    pub location: u32,
    /// How the code names it: `seen` or `self.seen`; what has no name, as [`crate::sample::Operand`] says.
    pub expression: Untrusted,
    /// Its type's name.
    pub type_name: Untrusted,
    /// How many looks found this type.
    pub observations: u32,
    /// Its length, for types that have one that can be read.
    pub lengths: Option<Lengths>,
    /// The distinct type names among the first few elements of a list, tuple, set or frozenset,
    /// over all looks, in no order; empty when not looked at.
    /// For a NumPy array of one dimension the name of its dtype: `float64`, `object`.
    pub elements: Vec<Untrusted>,
    /// Of a function's arguments, which are named `(a, b)` after its parameters and filed under the
    /// line of its definition, and of each of them, `(a, b)[0]`: how many values they had.
    pub distinct: Option<Distinct>,
    /// How much memory a large container takes: the middle one of the estimates.
    pub footprint: Option<Footprint>,
}

/// How many values the arguments of a function had among the calls that were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distinct {
    /// Calls that were looked at.
    pub calls: u32,
    /// Different values, no more than calls. A call that was over too soon counts as one.
    pub values: u32,
}

/// A summary of observed lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// Smallest.
    pub min: u64,
    /// Median, weighted by the samples that each look stands for.
    pub median: u64,
    /// Largest.
    pub max: u64,
    /// The first look's, to tell growth.
    pub first: u64,
    /// The last look's.
    pub last: u64,
}

/// Samples below which shares are too vague to act on: with 50, the 95 % interval of a share of one
/// half is 28 points wide.
pub const FEW_SAMPLES: u64 = 50;

/// A run's time in samples, which shares are of. That is one for each sweep, so that a program which
/// mostly waits is not said to gain what only its busy moments would; and all the busy samples where
/// several threads or processes were busy at once. Sweeps that were blind (see [`Timing::blind`]) tell
/// nothing. A torn sample was of a busy thread: those that were
/// kept stand for it too, so that a program whose stacks are hard to read is not taken for an idle one.
pub fn run_samples(busy: u64, torn: u64, sweeps: u64) -> u64 {
    let run = (busy + torn).max(sweeps);
    match busy {
        0 => run,
        busy => (run as f64 * busy as f64 / (busy + torn) as f64).round() as u64,
    }
}

/// Whether operands can be read from such a Python.
fn has_operands(python: Python) -> bool {
    python.at_least(3, 11) && !python.free_threaded
}

impl Profile {
    /// Samples of all threads, idle or not.
    pub fn samples(&self) -> u64 {
        self.counts.iter().map(|c| c.samples).sum()
    }

    /// Whether instants and losses were counted, which other tools do not tell.
    pub fn tells_losses(&self) -> bool {
        self.timing.sweeps > 0 || self.samples() == 0
    }

    /// Whether it was looked at what names and expressions were bound to, which is not done of CPython
    /// before 3.11, of free-threaded builds and by other tools.
    pub fn tells_operands(&self) -> bool {
        self.tells_losses() && self.target.python.is_none_or(has_operands)
    }

    /// Whether the run has too few samples for shares of it, and so for what a change saves.
    pub fn has_few_samples(&self) -> bool {
        self.run_samples() < FEW_SAMPLES
    }

    /// Whether it was not for some of the Pythons that were seen at work.
    pub fn lacks_operands(&self) -> bool {
        !self.tells_operands() || self.other_pythons().into_iter().any(|it| !has_operands(it))
    }

    /// Samples of threads that were on a processor or held the interpreter's lock.
    pub fn busy_samples(&self) -> u64 {
        self.counts.iter().filter(|c| c.state.is_busy()).map(|c| c.samples).sum()
    }

    /// The CPythons of sampled processes that are another than the target's, in the order of their
    /// processes.
    pub fn other_pythons(&self) -> Vec<Python> {
        let sampled: HashSet<u32> = self.counts.iter().map(|count| count.thread).collect();
        let is_sampled = |process: &&Process| {
            let mut threads = sampled.iter().map(|&thread| &self.threads[thread as usize]);
            threads.any(|thread| thread.pid == process.pid)
        };
        let mut others = Vec::new();
        for process in self.processes.iter().filter(is_sampled) {
            let python = process.python.filter(|it| Some(*it) != self.target.python);
            others.extend(python.filter(|it| !others.contains(it)));
        }
        others
    }

    /// Samples whose stack was not seen to its inner end.
    pub fn cut_samples(&self) -> u64 {
        let is_cut = |count: &&Count| {
            let leaf = self.stacks[count.stack as usize].locations.first();
            let code = leaf.map(|&leaf| &self.locations[leaf as usize].code);
            code.is_some_and(|code| code.stands_in() && code.name.data() == TOO_FAST)
        };
        self.counts.iter().filter(is_cut).map(|count| count.samples).sum()
    }

    /// What shares are of: see [`run_samples`]; where several threads were busy at once, all their
    /// busy time, since how much sooner the run would be over is not known.
    pub fn run_samples(&self) -> u64 {
        match self.is_parallel() {
            true => self.busy_samples(),
            false => {
                run_samples(self.busy_samples(), self.timing.torn, self.timing.telling_sweeps())
            }
        }
    }

    /// Whether in more than a little of the run more than one thread was busy: by no more than that are
    /// shares of it too large otherwise, and what mostly waits is compared with all of its run, however
    /// often two of its threads meet by chance. Of several processes that another tool recorded nothing
    /// tells that they took turns.
    pub fn is_parallel(&self) -> bool {
        /// Part of the run.
        const LITTLE: f64 = 0.05;
        if !self.tells_losses() {
            return self.threads.iter().any(|thread| thread.pid != self.threads[0].pid);
        }
        let sweeps = self.timing.sweeps;
        let beyond = self.busy_samples().saturating_sub(sweeps);
        self.timing.at_once.max(beyond) as f64 > LITTLE * sweeps as f64
    }

    /// How long threads were busy, all together, in seconds; 0 when it is not told.
    pub fn busy_seconds(&self) -> f64 {
        self.busy_samples() as f64 / self.kept_part() * self.timing.sample_seconds()
    }

    /// Part of the looks at busy threads that were kept, 0 to 1. Idle threads are never torn: to be
    /// compared with busy samples, theirs count for as much less.
    pub fn kept_part(&self) -> f64 {
        let (kept, torn) = (self.busy_samples(), self.timing.torn);
        if kept == 0 { 1.0 } else { kept as f64 / (kept + torn) as f64 }
    }

    /// The locations of a stack, leaf first.
    pub fn frames(
        &self,
        stack: u32,
    ) -> impl DoubleEndedIterator<Item = &Location> + ExactSizeIterator + Clone {
        self.stacks[stack as usize].locations.iter().map(|&id| &self.locations[id as usize])
    }
}
