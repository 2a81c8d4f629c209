//! Recordings of one program made into one, as if they had been taken one after the other.

mod sums;
#[cfg(test)]
mod tests;

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashSet, FxHasher};
use sums::{intern, later_memory, later_process, renumber_source, summed};

use super::{Await, Count, OperandSeen, Origin, Profile, Stack, Stall, timeline};
use crate::text::Untrusted;

/// How far apart two rates may be, as a part of the higher: files of other tools round theirs.
const SAME_RATE: f64 = 0.01;

/// Why two recordings do not go together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MergeError {
    /// Advice depends on the version, and places do.
    #[error("one ran on CPython {0}, the other on {1}")]
    Python(String, String),
    /// A sample of one stands for more time than one of the other.
    #[error("they were sampled at different rates: {0:.0} and {1:.0} a second")]
    Rate(f64, f64),
    /// As of folded stacks of other tools.
    #[error("one tells how often it was sampled, the other does not")]
    NoRate,
    /// Of the sum nobody could say what was lost.
    #[error("one tells what was lost, the other, of another tool, does not")]
    Losses,
    /// Nothing is known of both.
    #[error("they have no function in common: they are not of one program")]
    Program,
    /// Lines of the one are not those of the other.
    #[error("{} was changed between them", .0.terminal())]
    Source(Untrusted),
}

/// What a recording is told by among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// The process and when it was begun to be sampled; `None` where that is not told.
    began: Option<(u32, u64)>,
    counts: u64,
}

impl Fingerprint {
    /// That of a recording.
    pub fn of(profile: &Profile) -> Self {
        let began = (profile.target.pid, profile.timing.started_ns);
        let mut counts = FxHasher::default();
        for count in &profile.counts {
            for location in profile.frames(count.stack) {
                (&location.code, location.place).hash(&mut counts);
            }
            let thread = profile.threads.get(count.thread as usize);
            (thread, count.state, count.samples).hash(&mut counts);
        }
        profile.target.python.hash(&mut counts);
        Self { began: (began.1 != 0).then_some(began), counts: counts.finish() }
    }

    /// Whether both are of one recording: of the same process from the same instant on, or where that
    /// is not told, with the same samples.
    pub fn is_of_same(&self, other: &Self) -> bool {
        match (self.began, other.began) {
            (Some(began), Some(other)) if began != other => false,
            (Some(_), Some(_)) => true,
            _ => self.counts == other.counts,
        }
    }
}

impl Profile {
    /// Adds another recording behind this one. Processes of one id are taken for the same. What ran
    /// when is known of both or of none.
    ///
    /// # Errors
    /// When the two do not go together; this one is unchanged then.
    ///
    /// # Panics
    /// When an index in `other` points at nothing.
    pub fn append(&mut self, other: Self) -> Result<(), MergeError> {
        check(self, &other)?;
        let offset = self.timing.seconds;
        let locations = intern(&mut self.locations, other.locations);
        let threads = intern(&mut self.threads, other.threads);
        let tasks = intern(&mut self.tasks, other.tasks);
        let renumbered = other.stacks.into_iter().map(|stack| Stack {
            locations: stack.locations.iter().map(|&id| locations[id as usize]).collect(),
        });
        let stacks = intern(&mut self.stacks, renumbered.collect());
        let task = |task: Option<u32>| task.map(|id| tasks[id as usize]);
        let at = |location: u32| locations[location as usize];
        let counts = other.counts.into_iter().map(|count| Count {
            stack: stacks[count.stack as usize],
            thread: threads[count.thread as usize],
            task: task(count.task),
            ..count
        });
        self.counts = summed(
            self.counts.drain(..).chain(counts),
            |it| (it.stack, it.thread, it.task, it.state),
            |sum, it| sum.samples += it.samples,
        );
        let operands = other.operands.into_iter();
        let operands = operands.map(|it| OperandSeen { location: at(it.location), ..it });
        self.operands = summed(
            self.operands.drain(..).chain(operands),
            |it| (it.location, it.expression.clone(), it.type_name.clone()),
            sums::operand,
        );
        let stalls = other.stalls.into_iter();
        let stalls =
            stalls.map(|it| Stall { location: at(it.location), task: task(it.task), ..it });
        self.stalls = summed(self.stalls.drain(..).chain(stalls), |it| it.location, sums::stall);
        let awaits = other.awaits.into_iter().map(|it| Await { location: at(it.location), ..it });
        self.awaits = summed(
            self.awaits.drain(..).chain(awaits),
            |it| it.location,
            |sum, it| {
                sum.tasks = sum.tasks.max(it.tasks);
                sum.looks += it.looks;
            },
        );
        let later = other.timeline.map(|it| sums::later_timeline(it, &threads, &stacks));
        // Half an order would be taken for the whole.
        self.timeline = self.timeline.take().zip(later).and_then(|(timeline, later)| {
            timeline.and(later, offset, |stack| timeline::function(self.frames(stack)))
        });
        let memory = other.memory.into_iter().map(|it| later_memory(it, offset, &locations));
        self.memory = summed(self.memory.drain(..).chain(memory), |it| it.pid, sums::memory);
        self.memory.sort_by_key(|it| it.pid);
        let processes = other.processes.into_iter().map(|it| later_process(it, offset));
        self.processes =
            summed(self.processes.drain(..).chain(processes), |it| it.pid, sums::process);
        let runtimes = self.runtimes.drain(..).chain(other.runtimes);
        self.runtimes = summed(runtimes, |it| it.pid, sums::runtime);
        self.runtimes.sort_by_key(|it| it.pid);
        let sources = other.sources.into_iter().map(|it| renumber_source(it, &locations));
        let sources = self.sources.drain(..).chain(sources);
        self.sources = summed(sources, |it| it.file.clone(), sums::source);
        sums::target(&mut self.target, other.target);
        sums::timing(&mut self.timing, &other.timing);
        sums::machine(&mut self.machine, &other.machine);
        Ok(())
    }
}

/// The program's own functions, wherever its files lie.
fn functions(profile: &Profile) -> FxHashSet<(&str, &str)> {
    let codes = profile.locations.iter().map(|location| &location.code);
    let own = codes.filter(|code| Origin::of_code(code) == Some(Origin::Own));
    let bare = |file: &'_ str| file.rfind(['/', '\\']).map_or(0, |at| at + 1);
    own.map(|it| (&it.file.data()[bare(it.file.data())..], it.name.data())).collect()
}

fn check(one: &Profile, other: &Profile) -> Result<(), MergeError> {
    if let (Some(python), Some(python_of_other)) = (one.target.python, other.target.python)
        && !python.may_be(python_of_other)
    {
        return Err(MergeError::Python(python.to_string(), python_of_other.to_string()));
    }
    // What was asked for: of a sampler that did not keep up, each sample stands for a little more.
    let (rate, rate_of_other) = (one.timing.rate_hz, other.timing.rate_hz);
    if (rate - rate_of_other).abs() > SAME_RATE * rate.max(rate_of_other) {
        return Err(match rate == 0.0 || rate_of_other == 0.0 {
            true => MergeError::NoRate,
            false => MergeError::Rate(rate, rate_of_other),
        });
    }
    if one.tells_losses() != other.tells_losses() {
        return Err(MergeError::Losses);
    }
    let (functions, of_other) = (functions(one), functions(other));
    if !functions.is_empty() && !of_other.is_empty() && functions.is_disjoint(&of_other) {
        return Err(MergeError::Program);
    }
    let changed = other.sources.iter().find(|source| {
        one.sources.iter().any(|seen| seen.file == source.file && !seen.is_unchanged(source))
    });
    changed.map_or(Ok(()), |source| Err(MergeError::Source(source.file.clone())))
}
