//! What an advisor is shown: one source file, where in it time goes, and what was seen there.

use crate::shape::Tree;
use crate::{Activity, Awaited, Callee, Exchange, GainTable, InEventLoop, Place, Python, Source};

/// One source file of the target with everything known about it.
pub struct Case<'a> {
    /// The target's CPython.
    pub python: Python,
    /// The parsed file.
    pub source: &'a Source,
    /// Its syntax tree, laid out.
    pub tree: &'a Tree<'a>,
    /// Every sampled place of this file, hottest first.
    pub hotspots: &'a [Hotspot],
    /// What shares are of: the run in samples, in which nothing may have been busy; or all busy samples
    /// where several threads were busy at once.
    pub busy_samples: u64,
    /// Samples of all threads and processes that were busy, waiting left out.
    pub computing_samples: u64,
    /// The worker processes, when there were any.
    pub pool: Option<&'a Pool>,
    /// What the process did while it was sampled, where that is known.
    pub activity: Option<&'a Activity>,
    /// What the advisor's own pair measured.
    pub gains: &'a GainTable,
}

/// A sampled place with its counts and what its names were bound to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hotspot {
    /// Where.
    pub place: Place,
    /// Qualified name of the code object, as CPython tells it (`<module>`, `Shop.dedupe`).
    pub function: String,
    /// First line of the code object, from 1.
    pub function_line: u32,
    /// Busy samples whose leaf frame stood here.
    pub self_samples: u64,
    /// Busy samples that had this place on the stack. For a recursive code object only its
    /// innermost frame counts, so sums over the places of one code object count no sample twice.
    pub total_samples: u64,
    /// How many frames of its code object these busy samples had on the stack, together: as many as
    /// `total_samples` where it is not within itself.
    pub frames: u64,
    /// As `total_samples`, for threads that were idle. Where samples of busy threads were torn there
    /// are fewer here than were taken, so that the two can be compared.
    pub idle_samples: u64,
    /// Samples, busy or idle, of threads that waited for the interpreter's lock.
    pub waiting_samples: u64,
    /// Of the busy samples, those in which garbage was being collected.
    pub collecting_samples: u64,
    /// Threads of one process that had this place on their stacks at the same time, the most that were
    /// seen; 0 where the order of time is not known.
    pub threads: u32,
    /// Processes of one run that had its code object on their stacks, at the same time or not.
    pub processes: u32,
    /// Time of an event loop that was spent here, between two returns to the loop.
    pub in_event_loop: InEventLoop,
    /// asyncio tasks that were suspended here.
    pub awaited: Awaited,
    /// What else was on the stack below this place, most samples first.
    pub callees: Vec<Callee>,
    /// What names were bound to.
    pub operands: Vec<Operand>,
}

/// What a name was bound to, over all looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operand {
    /// How the code names it: `seen` or `self.seen`.
    pub expression: String,
    /// `type(x).__name__`.
    pub type_name: String,
    /// How many looks found this type.
    pub observations: u32,
    /// Its lengths, for built-in containers and strings.
    pub lengths: Option<Lengths>,
    /// The distinct type names among the first few elements of a list, tuple, set or frozenset,
    /// over all looks, in no order; empty when not looked at.
    /// For a NumPy array of one dimension the name of its dtype (`float64`), for a frame or series of
    /// pandas those of all its dtypes; where one is `object`, also the types of some of the objects,
    /// of which an `int` that no integer of NumPy has room for is a `bigint`.
    pub elements: Vec<String>,
    /// How often the arguments of a hot function came back: of the operand that is named `(a, b)` after
    /// its parameters, whose `elements` are the types of the arguments (of tuples, those in them). It
    /// stands at the line of the definition, whatever place of the function was looked at.
    /// Likewise of some of the strings that a large container keeps, of the operand `cities[*]` (of
    /// rows, `rows[*][1]`): how many of those that nothing else refers to were looked at, and how many
    /// texts they have; `observations` counts all that were looked at.
    /// Of what a call or another expression without a name gives, how many looks there were, and how many
    /// objects: one that nothing else referred to counts as one of its own.
    pub distinct: Option<Distinct>,
}

/// How many values the arguments of a function took among the calls that were looked at. Two looks
/// that may be within one call count as one; a call that was over before its arguments were read
/// counts as a value of its own, so that there are rather too many values than too few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Distinct {
    /// Calls that were looked at.
    pub calls: u32,
    /// Different values among them: by value for `str`, `int`, `bytes`, `float` and tuples of them,
    /// otherwise by identity.
    pub values: u32,
}

/// A summary of observed lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lengths {
    /// Smallest.
    pub min: u64,
    /// Median over the samples.
    pub median: u64,
    /// Largest.
    pub max: u64,
    /// The first look's.
    pub first: u64,
    /// The last look's.
    pub last: u64,
}

/// Worker processes seen below the target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Pool {
    /// Python children of the process whose file this is, running at the same time.
    pub workers: u32,
    /// Of them, on average running or ready to run at an instant (their threads counted).
    pub runnable: f64,
    /// Operating-system threads of a worker, median.
    pub threads_per_worker: u32,
    /// Processors' worth of time that the workers used, on average.
    pub cores_used: f64,
    /// Processors that the target may use (affinity mask).
    pub cpus: u32,
    /// The cgroup's quota in processors, when it is below `cpus`.
    pub quota: Option<f64>,
    /// Busy samples of the workers.
    pub busy_samples: u64,
    /// Involuntary context switches of the workers, a second.
    pub preemptions_per_second: f64,
    /// Workers that were seen in all, one after another too; very short-lived ones are missed.
    pub started: u32,
    /// What the program and its workers said to each other.
    pub exchange: Exchange,
}

/// How much of the run a stretch of source took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Heat {
    /// Busy samples with the stretch on the stack.
    pub samples: u64,
    /// Of them, those with the stretch at the leaf.
    pub self_samples: u64,
    /// `samples` as a share of the run's busy samples, 0 to 1.
    pub share: f64,
    /// Lower end of the share's 95 % interval (Wilson).
    pub share_low: f64,
    /// Upper end of the share's 95 % interval (Wilson).
    pub share_high: f64,
    /// Of `share`, what is of the finding's own place, where it counts several together.
    pub share_here: f64,
    /// Whether the samples had columns; otherwise the heat is that of the whole lines.
    pub columns: bool,
}
