//! Exact mode: a look at a process in which nothing runs.
//!
//! Before each sweep the threads that run are stopped with ptrace, and right after it they are let
//! go on. Threads that sleep are left alone: what they were doing is certain if they slept all the
//! while, see [`sleepers`]. Between two sweeps nobody is traced, so signals, `execve`, the end of a
//! thread, another debugger and the process's parent meet nothing unusual. (To stay the tracer
//! would save a system call a thread and sweep, and cost the target a stop for every signal.)
//!
//! ptrace ties those it holds to one operating-system thread, and that thread's end frees them in
//! whatever state they are. So each sweep has a thread of its own: whatever goes wrong in it, and
//! even if this process is killed, the target goes on. Who stops this process does so between two
//! looks, see [`between_looks`]; only a `SIGSTOP`, which nobody can put off, in the middle of one
//! leaves the target waiting until this process is continued or killed.

mod hold;
mod ptrace;
mod sleepers;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hold::{Hold, Released};
use rustc_hash::FxHashSet;
use sleepers::Sleepers;

use super::Sweep;
use super::attach::{AttachError, is_over};
use super::live::LiveMemory;
use super::memory::ReadError;
use super::tasks::Tasks;
use super::walker::Walker;

/// Taken for as long as a look lasts.
static LOOK: Mutex<()> = Mutex::new(());

/// Does something when no process is held by this one, and holds none meanwhile.
pub fn between_looks<R>(act: impl FnOnce() -> R) -> R {
    let _between = LOOK.lock().unwrap_or_else(PoisonError::into_inner);
    act()
}

/// What is remembered of one process from one sweep to the next.
#[derive(Debug)]
pub(super) struct Exact {
    sleepers: Sleepers,
    /// Threads that the last sweep found, which are lost when the next does not succeed.
    threads: u32,
    is_warm: bool,
}

impl Exact {
    pub(super) fn new() -> Self {
        ptrace::keep_stops_quiet();
        Self { sleepers: Sleepers::default(), threads: 1, is_warm: false }
    }

    /// Looks at every thread once while none runs.
    ///
    /// # Errors
    /// When the process has ended or may no longer be read.
    pub(super) fn sweep(
        &mut self,
        walker: &mut Walker<LiveMemory>,
        tasks: &mut Tasks,
    ) -> Result<Sweep, ReadError> {
        if !self.is_warm {
            // The first look takes longest. What it finds of threads and code is kept.
            walker.sweep(tasks)?;
            self.is_warm = true;
        }
        let sweep = between_looks(|| {
            let held = || self.sweep_held(walker, tasks);
            let sweep = std::thread::scope(|scope| scope.spawn(held).join());
            let (sweep, left) = sweep.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            await_freedom(tasks, &left);
            Ok(sweep)
        })?;
        let alive: HashSet<u32> = tasks.ids().collect();
        self.sleepers.keep_only(&alive);
        tasks.keep_only(|tid| alive.contains(&tid));
        self.threads = 1.max(sweep.samples.len() as u32 + sweep.torn + sweep.unreadable);
        Ok(sweep)
    }

    fn sweep_held(
        &mut self,
        walker: &mut Walker<LiveMemory>,
        tasks: &mut Tasks,
    ) -> Result<(Sweep, Vec<u32>), ReadError> {
        let hold = match Hold::on(&mut self.sleepers, tasks) {
            Ok(hold) => hold,
            Err(released) => return Ok((self.lost(released.after), released.left)),
        };
        tasks.hold(hold.letters(), self.sleepers.accounts());
        walker.memory_mut().until = hold.deadline();
        walker.stands_still = true;
        let swept = walker.sweep(tasks);
        walker.stands_still = false;
        let is_overdue = hold.deadline().is_some_and(|deadline| Instant::now() >= deadline);
        let held: FxHashSet<u32> = hold.letters().map(|(tid, _)| tid).collect();
        let swept = swept.map(|mut sweep| {
            self.drop_woken(&mut sweep, &held, false, tasks);
            sweep
        });
        let Released { after: stopped, left } = hold.release();
        walker.memory_mut().until = None;
        tasks.release();
        if is_overdue {
            return Ok((self.lost(stopped), left));
        }
        let mut sweep = Sweep { stopped, ..swept? };
        self.drop_woken(&mut sweep, &held, true, tasks);
        Ok((sweep, left))
    }

    fn lost(&self, stopped: Duration) -> Sweep {
        Sweep { unreadable: self.threads, stopped, ..Sweep::default() }
    }

    /// Drops the samples of threads that may have run during the look, among those that were left asleep:
    /// the settled ones, or the others.
    fn drop_woken(
        &self,
        sweep: &mut Sweep,
        held: &FxHashSet<u32>,
        settled: bool,
        tasks: &mut Tasks,
    ) {
        let before = sweep.samples.len();
        sweep.samples.retain(|sample| {
            let thread = sample.thread;
            let is_judged = !held.contains(&thread) && self.sleepers.is_settled(thread) == settled;
            !is_judged || self.sleepers.slept_on(thread, tasks)
        });
        sweep.torn += (before - sweep.samples.len()) as u32;
    }
}

/// How long it may take until those that a thread held are free once it has ended. A few
/// microseconds are usual; on a busy machine its last steps may have to wait for a processor.
const FREEDOM: Duration = Duration::from_millis(5);

/// Waits until nobody holds these threads, so that they can be held again.
fn await_freedom(tasks: &Tasks, threads: &[u32]) {
    let start = Instant::now();
    let is_held = |&tid: &u32| tasks.tracer_of(tid).is_some();
    while threads.iter().any(is_held) && start.elapsed() < FREEDOM {
        std::thread::yield_now();
    }
}

/// Finds out whether process `pid` can be held, without stopping it.
///
/// # Errors
/// Says what stands in the way.
pub(super) fn check(pid: u32) -> Result<(), AttachError> {
    let tasks = Tasks::new(pid);
    // The first thread may have ended while the others run on.
    let seize = || tasks.ids().find(|&tid| ptrace::seize(tid).is_ok());
    if let Ok(Some(tid)) = std::thread::scope(|scope| scope.spawn(seize).join()) {
        await_freedom(&tasks, &[tid]);
        return Ok(());
    }
    if is_over(pid) {
        return Err(AttachError::Gone { pid });
    }
    Err(match tasks.ids().find_map(|tid| tasks.tracer_of(tid)) {
        Some(tracer) => AttachError::Traced { pid, tracer },
        None => AttachError::CannotStop { pid },
    })
}
