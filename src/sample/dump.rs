//! One look at every thread of a process, for a person.

mod joined;

use std::collections::HashMap;

use super::asyncio::{self, Listed, Lister};
use super::chain::RawFrame;
use super::memory::Memory;
use super::operands::Objects;
use super::pyspy::Seen;
use super::sampler::{Gone, Sampler, Walker};
use super::thread_names;
use super::walker::Overview;
use super::{Footprint, Frame, Interpreter, Sample, attach};
use crate::limits;
use crate::text::Untrusted;

/// Every thread of one process at one instant.
#[derive(Debug, Clone)]
pub struct Dump {
    /// What was looked at.
    pub interpreter: Interpreter,
    /// The threads by interpreter, the main one first, and then by id.
    pub threads: Vec<Thread>,
    /// The asyncio tasks that are not done: those that run, then those that are ready, then those
    /// that wait; `None` when this CPython's cannot be read.
    pub tasks: Option<Vec<Task>>,
    /// Whether there are more of them, see [`limits::DUMPED_TASKS`].
    pub more_tasks: bool,
    /// Threads that are not among them: their stack kept changing, or made no sense.
    pub lost: u32,
    /// Threads that are not among them since their stack is deeper than [`limits::PYSPY_FRAMES`], where
    /// that bounds it.
    pub too_deep: u32,
    /// Threads that are not among them since this process has too many files open to ask for their
    /// state.
    pub unasked: u32,
    /// Whether variables were asked for, and cannot be read of this CPython.
    pub lacks_variables: bool,
    /// Whether a signal or a debugger has stopped the process.
    pub halted: bool,
    /// Threads beyond [`limits::THREADS`], which are not among them either.
    pub left_out: u32,
}

/// One thread in a dump.
#[derive(Debug, Clone)]
pub struct Thread {
    /// What Python or else the kernel calls it.
    pub name: Option<Untrusted>,
    /// The interpreter it runs in: 0 is the main one, others count from 1 in the order in which
    /// they were created, as far as they still exist.
    pub interpreter: u32,
    /// Whether it runs an asyncio event loop.
    pub event_loop: bool,
    /// What it does, and its stack.
    pub sample: Sample,
    /// The variables of each frame, the innermost first; `None` for a frame that went on before
    /// they were read. Empty when they were not asked for, shorter than the stack when the dump's
    /// [`limits::DUMPED_LOCALS`] were used up.
    pub locals: Vec<Option<Locals>>,
}

/// One asyncio task in a dump.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name, be it one that asyncio has made up.
    pub name: Option<Untrusted>,
    /// The qualified name of its coroutine.
    pub coroutine: Untrusted,
    /// What it does.
    pub state: TaskState,
    /// Its coroutine last, before it what that awaits, and so on; of a task that runs, the
    /// coroutine alone: the rest is on its thread's stack.
    pub frames: Vec<Frame>,
    /// The variables of each frame, as those of a thread; empty for a task that runs, whose are with
    /// its thread.
    pub locals: Vec<Option<Locals>>,
}

/// What an asyncio task does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TaskState {
    /// A thread is in it.
    Running,
    /// It runs when its event loop comes to it.
    Ready,
    /// It waits for something.
    Waiting {
        /// The type of what it waits for: a `Future`, a `Task`.
        type_name: Untrusted,
        /// The name of the task it waits for.
        task: Option<Untrusted>,
    },
}

/// The variables of a frame.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Locals {
    /// The first [`limits::LOCALS`], in the order in which they are defined.
    pub shown: Vec<Local>,
    /// How many there are beyond.
    pub left_out: usize,
}

impl Locals {
    /// Leaves out those beyond `most`.
    fn shorten(&mut self, most: usize) {
        self.left_out += self.shown.len().saturating_sub(most);
        self.shown.truncate(most);
    }
}

/// A variable of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    /// As the source has it.
    pub name: Untrusted,
    /// What it is bound to.
    pub value: Value,
}

/// An object, as a short look tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// `type(x).__name__`; `None` when only how it looks is known.
    pub type_name: Option<Untrusted>,
    /// `len(x)`, for types that have one that can be read.
    pub length: Option<u64>,
    /// How much memory it takes, for containers of a thousand elements and more
    /// ([`limits::FOOTPRINT_ELEMENTS`]), the first [`limits::DUMPED_FOOTPRINTS`] of a dump.
    pub footprint: Option<Footprint>,
    /// What is in it.
    pub content: Content,
}

/// What is in an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Nothing that is looked at.
    Unseen,
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An `int` of up to 120 bits.
    Int(i128),
    /// A longer `int`: how many bits it takes at most.
    LongInt {
        /// A multiple of 30.
        bits: u64,
        /// Whether it is below zero.
        negative: bool,
    },
    /// A `float`.
    Float(f64),
    /// A `str`.
    Text {
        /// Its first characters, [`limits::VALUE_BYTES`] of storage.
        start: Untrusted,
        /// Whether there are more.
        cut: bool,
    },
    /// A `bytes`.
    Bytes {
        /// Its first [`limits::VALUE_BYTES`].
        start: Vec<u8>,
        /// Whether there are more.
        cut: bool,
    },
    /// The first [`limits::ELEMENTS`] of a list, tuple or set; `None` for one that changed.
    Elements(Vec<Option<Value>>),
    /// The first [`limits::ELEMENTS`] keys and values of a dict.
    Entries(Vec<(Option<Value>, Option<Value>)>),
    /// As a library shows it.
    Shown(Untrusted),
}

/// Looks before threads that move too fast to be read are left out.
const LOOKS: usize = 5;

impl Sampler {
    /// Looks at every thread once more closely than [`Sampler::sweep`]; at the variables of their
    /// frames when `locals` says so.
    ///
    /// # Errors
    /// [`Gone`] when the process has ended.
    pub fn dump(&mut self, locals: bool) -> Result<Dump, Gone> {
        let pid = self.interpreter.pid;
        let seen = match &mut self.walker {
            Walker::Own(_) => self.look_closely(locals)?,
            Walker::PySpy(walker) => {
                self.tasks.take_unasked();
                let seen = walker.dump(locals, &mut self.tasks);
                seen.map(|seen| {
                    let Seen { threads, lost, too_deep } = seen;
                    let unasked = self.tasks.take_unasked();
                    Dump { threads, lost, too_deep, unasked, ..self.nothing() }
                })
            }
        };
        let Some(mut dump) = seen else {
            return if attach::is_over(pid) { Err(Gone) } else { Ok(self.nothing()) };
        };
        dump.halted = matches!(self.tasks.letter(pid), Some(b'T' | b't'));
        dump.threads = joined::one_each(dump.threads);
        dump.threads.sort_by_key(|thread| (thread.interpreter, thread.sample.thread));
        Ok(dump)
    }

    fn nothing(&self) -> Dump {
        Dump {
            interpreter: self.interpreter.clone(),
            threads: Vec::new(),
            tasks: None,
            more_tasks: false,
            lost: 1,
            too_deep: 0,
            unasked: 0,
            lacks_variables: false,
            left_out: 0,
            halted: false,
        }
    }

    fn look_closely(&mut self, locals: bool) -> Result<Option<Dump>, Gone> {
        let Interpreter { pid, python, .. } = self.interpreter;
        let Some(overview) = self.overview()? else { return Ok(None) };
        let Walker::Own(walker) = &mut self.walker else { return Ok(None) };
        let memory = *walker.target();
        let listing = Lister::new(pid, python, walker, &memory).map(|it| it.list(&overview));
        let Overview { left_out, unasked, .. } = overview;
        let lost = overview.torn + overview.unreadable;
        let mut objects = Objects::new(&memory, python, walker.layout());
        let lacks_variables = locals && objects.is_none();
        let mut left = if locals { limits::DUMPED_LOCALS } else { 0 };
        let threads = overview.threads.into_iter().map(|seen| {
            let tid = seen.sample.thread;
            let name = objects.as_mut().and_then(|objects| thread_names::by_stack(objects, &seen));
            let main = (tid == pid).then(|| Untrusted::new("MainThread"));
            Thread {
                name: name.or(main).or_else(|| self.tasks.name(tid)),
                interpreter: seen.interpreter,
                event_loop: asyncio::runs_event_loop(&seen.sample.frames),
                locals: objects.as_mut().map_or_else(Vec::new, |objects| {
                    variables(objects, &seen.sample.frames, &seen.raw, &mut left)
                }),
                sample: seen.sample,
            }
        });
        let threads = threads.collect();
        let more_tasks = listing.as_ref().is_some_and(|listing| listing.more);
        let mut task = |Listed { mut task, raw }: Listed| {
            if let Some(objects) = objects.as_mut().filter(|_| task.state != TaskState::Running) {
                task.locals = variables(objects, &task.frames, &raw, &mut left);
            }
            task
        };
        let tasks = listing.map(|listing| listing.tasks.into_iter().map(&mut task).collect());
        Ok(Some(Dump {
            threads,
            tasks,
            more_tasks,
            lost,
            left_out,
            unasked,
            lacks_variables,
            ..self.nothing()
        }))
    }

    /// What Python calls its threads, as far as their stacks tell; `None` where our own walk does not
    /// read them.
    pub fn names_by_stack(&mut self) -> Option<HashMap<u32, Untrusted>> {
        let Interpreter { pid, python, .. } = self.interpreter;
        let overview = self.overview().ok()??;
        let Walker::Own(walker) = &mut self.walker else { return None };
        let memory = *walker.target();
        let mut objects = Objects::new(&memory, python, walker.layout())?;
        let mut names = HashMap::from([(pid, Untrusted::new("MainThread"))]);
        for seen in &overview.threads {
            if let Some(name) = thread_names::by_stack(&mut objects, seen) {
                names.insert(seen.sample.thread, name);
            }
        }
        Some(names)
    }

    /// The look that missed the fewest threads.
    fn overview(&mut self) -> Result<Option<Overview>, Gone> {
        let lost = |overview: &Overview| overview.torn + overview.unreadable;
        let mut best: Option<Overview> = None;
        for _ in 0..LOOKS {
            let Walker::Own(walker) = &mut self.walker else { break };
            walker.memory_mut().look_for_living(self.interpreter.pid);
            match walker.overview(&mut self.tasks) {
                Ok(overview) if best.as_ref().is_none_or(|best| lost(&overview) < lost(best)) => {
                    best = Some(overview);
                }
                Err(_) if attach::is_over(self.interpreter.pid) => return Err(Gone),
                _ => {}
            }
            if best.as_ref().is_some_and(|best| lost(best) == 0) {
                break;
            }
        }
        Ok(best)
    }
}

/// The variables of frames, as long as there are any `left` to be looked at.
fn variables<M: Memory>(
    objects: &mut Objects<'_, M>,
    frames: &[Frame],
    raw: &[RawFrame],
    left: &mut usize,
) -> Vec<Option<Locals>> {
    let mut variables = Vec::new();
    for (frame, raw) in frames.iter().zip(raw) {
        if *left == 0 {
            break;
        }
        let mut locals = objects.locals(raw.address, raw.header.code, &frame.code);
        if let Some(locals) = &mut locals {
            locals.shorten(*left);
            *left -= locals.shown.len();
        }
        variables.push(locals);
    }
    variables
}
