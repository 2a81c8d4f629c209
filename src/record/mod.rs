//! Samples to a profile; no clock, no IO.

mod awaits;
mod intern;
mod looks;
mod memory;
mod runtimes;
mod stalls;
mod table;
mod tasks;
mod timeline;

use std::collections::HashMap;
use std::time::Duration;

use advisors::Place;
use rustc_hash::FxHashSet;

use awaits::Awaits;
use looks::Looks;
use memory::{Memories, Sites};
use runtimes::Runtimes;
use stalls::Stalls;
use table::{Finished, Table};
use tasks::Tasks;
use timeline::Moments;

use crate::profile::{Machine, Process, Profile, Target, Thread, Timing};
use crate::sample::{Code, Frame, Sample, Sweep};
use crate::text::Untrusted;

/// Folds sweeps into a [`Profile`].
#[derive(Debug, Default)]
pub struct Recorder {
    table: Table,
    tasks: Tasks,
    /// Threads that were sampled since they were last asked for.
    fresh: FxHashSet<(u32, u32)>,
    looks: Looks,
    memories: Memories,
    sites: Sites,
    stalls: Stalls,
    awaits: Awaits,
    runtimes: Runtimes,
    moments: Moments,
    samples: u64,
    torn: u64,
    unreadable: u64,
    too_deep: u64,
    truncated: u64,
    stopped: Duration,
    longest_stop: Duration,
}

/// What only the one who ran the recording knows.
#[derive(Debug, Default)]
pub struct Facts {
    /// Who was recorded.
    pub target: Target,
    /// Start, length, rate, sweeps and missed ticks; the losses of single samples and
    /// the pauses are the recorder's to count and are filled in.
    pub timing: Timing,
    /// What it ran on.
    pub machine: Machine,
    /// The processes seen.
    pub processes: Vec<Process>,
    /// Thread names by (pid, tid).
    pub thread_names: HashMap<(u32, u32), Untrusted>,
}

impl Recorder {
    /// Adds one sweep of process `pid`, `at` seconds into the recording.
    pub fn add(&mut self, pid: u32, at: f64, sweep: Sweep) {
        self.runtimes.look(pid, &sweep);
        self.moments.reach(at, &self.table);
        self.torn += u64::from(sweep.torn);
        self.unreadable += u64::from(sweep.unreadable);
        self.too_deep += u64::from(sweep.too_deep);
        self.stopped += sweep.stopped;
        self.longest_stop = self.longest_stop.max(sweep.stopped);
        if let Some(look) = &sweep.tasks {
            let stacks: Vec<_> =
                look.stacks.iter().map(|stack| self.locations(&stack.frames)).collect();
            self.awaits.look(look, &stacks);
        }
        for sample in sweep.samples {
            self.add_sample(pid, sample);
        }
        if let Some(moved) = self.table.make_room() {
            self.looks.renumber(|location| moved.to(location));
            self.memories.renumber(|location| moved.to(location));
            self.sites.forget();
            self.stalls.renumber(|location| moved.to(location));
            self.awaits.renumber(|location| moved.to(location));
            self.moments.renumber(&moved);
        }
    }

    fn locations(&mut self, frames: &[Frame]) -> Vec<u32> {
        let id = |frame: &Frame| self.table.locations.id(&frame.code, frame.place);
        frames.iter().map(id).collect()
    }

    fn add_sample(&mut self, pid: u32, sample: Sample) {
        let locations = self.locations(&sample.frames);
        for operand in sample.operands {
            let depth = operand.depth as usize;
            if let (Some(&location), Some(frame)) = (locations.get(depth), sample.frames.get(depth))
            {
                let location = match operand.value {
                    Some(_) => self.table.locations.id(&frame.code, definition(&frame.code)),
                    None => location,
                };
                self.looks.add(location, operand);
            }
        }
        let thread = (pid, sample.thread);
        let task = sample.task.and_then(|task| self.tasks.id(&task));
        self.stalls.look(thread, sample.callback, task, &locations);
        let (stack, in_thread) = self.table.add(&locations, thread, task, sample.state);
        self.moments.add(in_thread, stack, sample.state, &self.table);
        if sample.state.is_busy()
            && let Some(site) = self.sites.of(stack, &sample.frames, &locations)
        {
            self.memories.ran(pid, sample.thread, site);
        }
        self.fresh.insert(thread);
        self.samples += 1;
        self.truncated += u64::from(sample.truncated);
    }

    /// A glance at the memory of process `pid` right after its sweep: it has `resident` bytes.
    /// Growth is put down to what ran then or at the glance before, by the pages that `faults` says
    /// its threads were given since then, as far as it does. There must have been something:
    /// an interpreter that is being taken down gives everything back.
    pub fn glance_at_memory(&mut self, pid: u32, at: f64, resident: u64, faults: &[(u32, u64)]) {
        self.memories.glance(pid, at, resident, faults);
    }

    /// A look at the memory of process `pid`, `at` seconds into the recording: it has `resident`
    /// bytes, and had `peak` once, as the kernel says. Growth is put down to what ran since the
    /// last look.
    pub fn look_at_memory(&mut self, pid: u32, at: f64, resident: u64, peak: u64) {
        self.memories.look(pid, at, resident, peak);
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Samples that were lost so far, torn or unreadable.
    pub fn lost(&self) -> u64 {
        self.torn + self.unreadable
    }

    /// The threads that were sampled since this was last asked, as (pid, tid).
    pub fn fresh_threads(&mut self) -> impl Iterator<Item = (u32, u32)> {
        std::mem::take(&mut self.fresh).into_iter()
    }

    /// Whether a thread is told apart from others.
    pub fn knows(&self, thread: (u32, u32)) -> bool {
        self.table.knows(thread)
    }

    /// The profile.
    pub fn finish(self, mut facts: Facts) -> Profile {
        let timeline = self.moments.finish(facts.timing.rate_hz, &self.table);
        let Finished { locations, stacks, threads, counts, shortened } = self.table.finish();
        let threads = threads.into_iter().map(|(pid, tid)| Thread {
            pid,
            tid,
            name: match tid {
                0 => Some(Untrusted::new("rare threads, taken together")),
                _ => facts.thread_names.remove(&(pid, tid)),
            },
        });
        Profile {
            target: facts.target,
            timing: Timing {
                torn: self.torn,
                unreadable: self.unreadable,
                too_deep: self.too_deep,
                truncated: self.truncated,
                shortened,
                stopped_seconds: self.stopped.as_secs_f64(),
                longest_stop: self.longest_stop.as_secs_f64(),
                ..facts.timing
            },
            machine: facts.machine,
            processes: facts.processes,
            threads: threads.collect(),
            tasks: self.tasks.into_items(),
            locations,
            stacks,
            counts,
            operands: self.looks.summarise(),
            memory: self.memories.finish(),
            stalls: self.stalls.finish(),
            awaits: self.awaits.finish(),
            runtimes: self.runtimes.finish(),
            sources: Vec::new(),
            timeline,
        }
    }
}

/// Where what is seen of all calls of a function is filed, wherever in it they were.
fn definition(code: &Code) -> Place {
    Place::line(code.first_line)
}

#[cfg(test)]
mod tests;
