//! The sampler: one attached interpreter, looked at once a sweep.

use std::time::Duration;

use advisors::Python;
use rustc_hash::FxHashSet;

use super::attach::{self, AttachError, Found, Options};
use super::exact::Exact;
use super::image::Image;
use super::live::LiveMemory;
use super::memory::ReadError;
use super::pyspy::PySpyWalker;
use super::tasks::Tasks;
use super::thread_names::ThreadNames;
use super::walker;
use super::{Interpreter, Sweep};
use crate::text::Untrusted;

/// The process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the process has ended")]
pub struct Gone;

/// An interpreter in another process, attached to for sampling. The process is not changed, nor
/// paused except where [`Options::exact`] asks for that during a sweep, and need not be told when
/// the sampler is dropped.
pub struct Sampler {
    pub(super) interpreter: Interpreter,
    pub(super) tasks: Tasks,
    pub(super) names: ThreadNames,
    pub(super) walker: Walker,
    image: Option<Image>,
    options: Options,
    exact: Option<Exact>,
}

pub(super) enum Walker {
    Own(Box<walker::Walker<LiveMemory>>),
    PySpy(Box<PySpyWalker>),
}

impl Sampler {
    /// Attaches to the CPython in process `pid`, waiting up to `options.patience` for it to be up.
    ///
    /// # Errors
    /// Tells why the process cannot be sampled and what to do next.
    pub fn attach(pid: u32, options: Options) -> Result<Self, AttachError> {
        let found = attach::patiently(options.patience, || attach::find(pid, options))?;
        Ok(Self::new(found, options))
    }

    fn new(found: Found, options: Options) -> Self {
        let (interpreter, walker, image) = match found {
            Found::Own { interpreter, walker, image } => (interpreter, Walker::Own(walker), image),
            Found::PySpy { interpreter, walker } => (interpreter, Walker::PySpy(walker), None),
        };
        let pid = interpreter.pid;
        let (tasks, names) = (Tasks::new(pid), ThreadNames::new(pid));
        let exact = options.exact.then(Exact::new);
        Self { interpreter, tasks, names, walker, image, options, exact }
    }

    /// Attaches to a process that this one has started, without waiting for it; cheap when it runs
    /// the same binary, as forked workers do.
    ///
    /// # Errors
    /// As [`Sampler::attach`]; a child that has only just been started may give
    /// [`AttachError::NotPython`] or [`AttachError::NotYetRunning`] and be attached to later.
    pub fn attach_child(&self, pid: u32) -> Result<Self, AttachError> {
        let same =
            self.image.as_ref().and_then(|image| attach::find_same(pid, image, self.options));
        same.map_or_else(
            || Self::attach(pid, Options { patience: Duration::ZERO, ..self.options }),
            |found| Ok(Self::new(found, self.options)),
        )
    }

    /// What is sampled.
    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// Looks at every Python thread once. A read that fails is data, counted in the [`Sweep`].
    ///
    /// # Errors
    /// [`Gone`] when the process has ended.
    pub fn sweep(&mut self) -> Result<Sweep, Gone> {
        let mut sweep = match &mut self.walker {
            Walker::Own(walker) => match look(walker, &mut self.tasks, self.exact.as_mut()) {
                Ok(sweep) => sweep,
                Err(_) if attach::is_over(self.interpreter.pid) => return Err(Gone),
                Err(_) => {
                    walker.memory_mut().look_for_living(self.interpreter.pid);
                    Sweep { unreadable: 1, ..Sweep::default() }
                }
            },
            Walker::PySpy(walker) => walker.sweep(&mut self.tasks),
        };
        sweep.unreadable += self.tasks.take_unasked();
        if sweep.samples.is_empty() && attach::is_over(self.interpreter.pid) {
            return Err(Gone);
        }
        // Exact mode asks about the threads without Python too, and has let go of others already.
        if self.exact.is_none() {
            let alive: FxHashSet<u32> = sweep.samples.iter().map(|sample| sample.thread).collect();
            self.tasks.keep_only(|tid| alive.contains(&tid));
        }
        Ok(sweep)
    }

    /// The name of thread `tid`, while it lives: Python's, which is found out aside and so may come
    /// only when asked for again, until then and else the kernel's.
    pub fn thread_name(&self, tid: u32) -> Option<Untrusted> {
        self.names.get(tid).or_else(|| self.tasks.name(tid))
    }
}

fn look(
    walker: &mut walker::Walker<LiveMemory>,
    tasks: &mut Tasks,
    exact: Option<&mut Exact>,
) -> Result<Sweep, ReadError> {
    match exact {
        Some(exact) => exact.sweep(walker, tasks),
        None => walker.sweep(tasks),
    }
}

impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Python { major, minor, patch, .. } = self.interpreter.python;
        write!(f, "Sampler of {} (CPython {major}.{minor}.{patch})", self.interpreter.pid)
    }
}
