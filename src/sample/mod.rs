//! Reads stacks and operands out of a live process without changing it, and without pausing it
//! unless exactness is asked for.
//!
//! The only room with `unsafe`, and the only one that knows py-spy and CPython's memory layout.
//! It knows nothing of source text, findings or formats.

mod asyncio;
mod attach;
mod batch;
mod binary;
mod bytes;
mod called;
mod calls;
mod cframes;
mod chain;
mod chunks;
pub mod clock;
mod code;
mod collector;
mod composed;
mod debug_offsets;
#[cfg(test)]
mod debug_offsets_tests;
pub mod descriptors;
pub mod dump;
mod elf;
mod evidence;
mod exact;
#[cfg(test)]
pub(crate) mod fake;
mod gil;
mod image;
mod instructions;
mod interpreter;
mod layout;
mod links;
mod live;
mod location_table;
mod maps;
pub mod memory;
pub mod operands;
mod own;
mod past;
pub mod promptness;
mod pthread;
mod pursuit;
mod pyspy;
mod resolved;
mod rest;
mod sampler;
pub mod schedule;
mod sites;
mod snapshot;
mod steady;
mod strays;
mod strings;
mod tasks;
mod thread;
mod thread_names;
mod walker;
#[cfg(test)]
mod walker_tests;

pub use attach::{AttachError, Options, WalkerChoice};
pub use exact::between_looks;
pub use live::LiveMemory;
#[cfg(test)]
pub(crate) use own::is_own;
pub use sampler::{Gone, Sampler};
pub(crate) use walker::left_out;

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use advisors::{Place, Python};

#[cfg(doc)]
use crate::limits;
use crate::text::Untrusted;

/// One instant of one process.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    /// One sample for each Python thread that could be read.
    pub samples: Vec<Sample>,
    /// Threads whose stack changed under the read too often; dropped, never reported as a sample.
    pub torn: u32,
    /// Threads whose memory could not be read or made no sense (a thread that is just ending), those
    /// beyond `limits::THREADS`, and in exact mode those of a process that could not be held.
    pub unreadable: u32,
    /// Of those, threads whose stack is deeper than [`limits::PYSPY_FRAMES`], where that bounds it.
    pub too_deep: u32,
    /// asyncio tasks that are not done, when they were looked at in this sweep.
    pub tasks: Option<TaskLook>,
    /// What the main interpreter's garbage collector says, when it was asked in this sweep.
    pub collector: Option<Collector>,
    /// How long the process was held for it: zero unless that was asked for.
    pub stopped: Duration,
}

/// The asyncio tasks of an event loop that are not done.
#[derive(Debug, Clone, Default)]
pub struct TaskLook {
    /// How many there are; `limits::COUNTED_TASKS` may stand for more.
    pub count: u64,
    /// Whether the loop's thread was busy; otherwise it waited for what the tasks wait for.
    pub busy: bool,
    /// Some of the tasks, from all over; all, where there are few.
    pub stacks: Vec<TaskStack>,
}

/// The coroutines of an asyncio task.
#[derive(Debug, Clone, Default)]
pub struct TaskStack {
    /// Each after what it awaits: the task's own coroutine is the last.
    pub frames: Vec<Frame>,
    /// Whether the task waits; otherwise it was not started yet, or runs.
    pub waits: bool,
}

/// One thread at one instant.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The operating system's id of the thread.
    pub thread: u32,
    /// What the thread was doing.
    pub state: State,
    /// The asyncio task that it was in.
    pub task: Option<Arc<Task>>,
    /// The callback that its event loop runs.
    pub callback: Option<Callback>,
    /// The stack, leaf first.
    pub frames: Vec<Frame>,
    /// Whether frames beyond `limits::FRAMES` were left out: those in the middle, in whose place is a
    /// frame that says so, or in what py-spy reads those at the outer end.
    pub truncated: bool,
    /// What the leaf frame's operands were, when this sample was chosen for a look at them.
    pub operands: Vec<Operand>,
}

impl Sample {
    /// A sample of which nothing else is known.
    pub fn new(thread: u32, state: State, frames: Vec<Frame>) -> Self {
        let operands = Vec::new();
        Self { thread, state, task: None, callback: None, frames, truncated: false, operands }
    }
}

/// What a thread was doing when it was sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct State {
    /// Running or ready to run, by the operating system's account; otherwise idle.
    pub on_cpu: bool,
    /// Held the interpreter's lock.
    pub holds_gil: bool,
    /// Waited for the interpreter's lock.
    pub waits_for_gil: bool,
    /// Was collecting garbage.
    pub collects: bool,
    /// Was raising an exception or running its handler (CPython 3.15).
    pub handles_exception: bool,
}

impl State {
    /// Asleep, or waiting for something else than the lock.
    pub const IDLE: Self = Self {
        on_cpu: false,
        holds_gil: false,
        waits_for_gil: false,
        collects: false,
        handles_exception: false,
    };

    /// Neither waiting nor asleep: the time that a performance advisor is about.
    pub fn is_busy(self) -> bool {
        self.on_cpu || self.holds_gil
    }
}

/// An asyncio task, as far as tasks are told apart: those that run the same coroutine and that the
/// program has given no name are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Task {
    /// What the program has named it; `None` where asyncio made up a `Task-7`.
    pub name: Option<Untrusted>,
    /// The qualified name of its coroutine.
    pub coroutine: Untrusted,
}

/// What an asyncio event loop runs between two looks for events: one step of a task, most often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Callback {
    /// Tells it from every other one of the same thread.
    pub identity: [u64; 2],
    /// Seconds since the loop last looked for events, by the target's own clock.
    pub since: f64,
    /// What the thread has computed since it was started, whatever it waited for or was kept from a
    /// processor; behind by what it has used since the kernel's last tick (1 to 10 ms) while it runs.
    /// `None` where the kernel does not tell.
    pub computed: Option<Duration>,
    /// Frames of the stack that it has called; the one after them is the loop's own that runs it.
    pub depth: u32,
}

/// What a garbage collector goes by, as `gc.get_threshold()` and `gc.get_count()` tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Collector {
    /// How many more objects were made than freed, or collections of the generation before, when
    /// each generation is collected; the first is 0 when it never is.
    pub thresholds: [u32; 3],
    /// How far each has come.
    pub counts: [u32; 3],
}

/// One Python call on a stack.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The code object that runs.
    pub code: Arc<Code>,
    /// The instruction's place in the source.
    pub place: Place,
}

/// What the frame is called that stands in a very deep stack for its middle; it has no file.
pub const FRAMES_LEFT_OUT: &str = "<frames left out>";

/// What the innermost frame is called of a stack whose inner end changed faster than it could be read:
/// the frame below is on the stack, and what it had called is not known. It has no file.
pub const TOO_FAST: &str = "<too fast to see>";

/// The parts of a code object that outlive it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// `co_qualname` (3.11 and later) or `co_name`.
    pub name: Untrusted,
    /// `co_filename`.
    pub file: Untrusted,
    /// `co_firstlineno`; 0 when unknown.
    pub first_line: u32,
}

impl Code {
    /// Whether it is `asyncio.events.Handle._run`, which calls whatever an event loop has found ready
    /// (CPython 3.4 to 3.15, Lib/asyncio/events.py).
    pub fn runs_callbacks(&self) -> bool {
        matches!(self.name.data(), "Handle._run" | "_run")
            && self.file.data().ends_with("asyncio/events.py")
    }

    /// Whether it is no code but stands for frames that were not seen.
    pub fn stands_in(&self) -> bool {
        self.leaves_out() || (self.file.data().is_empty() && self.name.data() == TOO_FAST)
    }

    /// Whether it stands for the middle of a very deep stack.
    pub fn leaves_out(&self) -> bool {
        self.file.data().is_empty() && self.name.data() == FRAMES_LEFT_OUT
    }
}

/// A code object by identity. Holding it keeps its address from being used again.
#[derive(Debug)]
pub struct SameCode(pub Arc<Code>);

impl PartialEq for SameCode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SameCode {}

impl Hash for SameCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// What a name in a hot expression was bound to at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Operand {
    /// How the frame of `depth` names it: `seen`, or `self.seen` for an instance attribute. What has no
    /// name is told by the lines and columns of the test or operation that works on it, and which of the
    /// two sides it is: `<5:11-5:22>[1]`.
    pub expression: Untrusted,
    /// The type's name as `type(x).__name__` gives it.
    pub type_name: Untrusted,
    /// `len(x)` for list, tuple, set, frozenset, dict, str, bytes, bytearray and deque.
    pub length: Option<u64>,
    /// The distinct type names among the first few elements of a list, tuple, set or frozenset,
    /// in the order met; empty when not looked at. Tells whether elements may be hashable.
    /// For a NumPy array of one dimension the name of its dtype, for a frame of pandas those of all;
    /// where one is `object`, the types of some of the objects too.
    pub elements: Vec<Untrusted>,
    /// For the arguments of a call, named `(a, b)` after the parameters, and for each of them, `(a, b)[0]`:
    /// what tells them from others; likewise for strings of a large container, named `cities[*]` or,
    /// where its elements are rows, `rows[*][1]`; and for what has no name, which object it was, as far as
    /// something else refers to it too.
    pub value: Option<Value>,
    /// How much memory a large container takes, where that was looked at.
    pub footprint: Option<Footprint>,
    /// The frame it was read from: 0 is the leaf.
    pub depth: u32,
    /// How many samples on the same place this look stands for.
    pub weight: u32,
}

/// How much memory a container takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Footprint {
    /// Bytes of the container itself, as `sys.getsizeof` tells.
    pub shallow: u64,
    /// Bytes with all that it holds, estimated from some of it. What others hold as well is counted by
    /// the part of the references to it that are the container's.
    pub deep: u64,
}

/// What the arguments of one call were, among those of other calls of the function, or a string in a
/// container among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// Equal for equal `str`, `int`, `float`, `bytes`, `bool`, `None` and short tuples of them, and for
    /// the very same object of any other type.
    Digest(u64),
    /// The call was over before its arguments were read, and another had taken its place, however often
    /// that was tried. To leave such calls out would favour those whose arguments are the same as the
    /// next one's.
    Outrun,
    /// Of a string that something else refers to as well: it is looked at, but not compared.
    Shared,
}

/// What is known of an interpreter once it is attached to.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// The operating system's process id.
    pub pid: u32,
    /// Which CPython.
    pub python: Python,
    /// Whether places have columns and operands can be read.
    pub columns: bool,
}
