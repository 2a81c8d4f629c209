//! Looks at the processes' memory, and what ran between them.

mod blame;
mod held;
mod site;
mod threads;

use std::collections::BTreeMap;

use crate::limits;
use crate::profile::{Memory, MemoryPoint};
use blame::{Blame, Ran};
use held::Held;
pub(super) use site::{Site, Sites};

/// The memory of all processes.
#[derive(Debug, Default)]
pub(super) struct Memories {
    by_pid: BTreeMap<u32, Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    series: Series,
    /// What it had when it was glanced or looked at last.
    now: Option<u64>,
    /// The most that it had so far.
    most: u64,
    /// What the kernel said that was, which may be of long before the recording.
    kernel_peak: Option<u64>,
    /// Whether that was since the last look.
    rose: bool,
    /// Whether its memory was glanced at, ever: then only glances tell what was given back.
    is_glanced_at: bool,
    /// What was busy since the last look.
    ran: Ran,
    /// Who makes it grow, as far as glances tell.
    blame: Blame,
    held: Held,
}

impl Memories {
    /// A busy thread of process `pid` stood at `site`.
    pub(super) fn ran(&mut self, pid: u32, thread: u32, site: Site) {
        let watched = self.watched(pid);
        *watched.ran.entry((thread, site)).or_default() += 1;
        watched.blame.ran(thread, site);
    }

    /// A glance at process `pid` right after its sweep, `at` seconds into the recording: it has
    /// `resident` bytes, and its threads were given so many pages each, as far as that is known.
    pub(super) fn glance(&mut self, pid: u32, at: f64, resident: u64, faults: &[(u32, u64)]) {
        self.watched(pid).glance(at, resident, faults);
    }

    /// A look at process `pid`, `at` seconds into the recording: it has `resident` bytes, and had
    /// `peak` once, as the kernel says.
    pub(super) fn look(&mut self, pid: u32, at: f64, resident: u64, peak: u64) {
        self.watched(pid).look(at, resident, peak);
    }

    /// Of very many processes the one that was looked at longest ago makes room.
    fn watched(&mut self, pid: u32) -> &mut Watched {
        if self.by_pid.len() >= limits::PROCESSES_REMEMBERED && !self.by_pid.contains_key(&pid) {
            let age = |watched: &Watched| watched.series.last_at();
            let oldest = self.by_pid.iter().min_by(|a, b| age(a.1).total_cmp(&age(b.1)));
            if let Some(&oldest) = oldest.map(|(pid, _)| pid) {
                self.by_pid.remove(&oldest);
            }
        }
        self.by_pid.entry(pid).or_default()
    }

    /// Gives locations other ids; of those that have none any more, the growth is kept without.
    pub(super) fn renumber(&mut self, new: impl Fn(u32) -> Option<u32>) {
        for watched in self.by_pid.values_mut() {
            watched.held.renumber(&new);
            watched.blame.renumber(&new);
            watched.ran = site::renumbered(&mut watched.ran, &new);
        }
    }

    pub(super) fn finish(self) -> Vec<Memory> {
        let seen = self.by_pid.into_iter().filter(|(_, watched)| !watched.series.is_empty());
        seen.map(|(pid, watched)| watched.finish(pid)).collect()
    }
}

impl Watched {
    fn glance(&mut self, at: f64, resident: u64, faults: &[(u32, u64)]) {
        self.is_glanced_at = true;
        // A process that was forked a moment ago begins with what its parent had.
        if self.series.is_empty() {
            self.series.push(MemoryPoint { at, resident });
        }
        let before = self.now.unwrap_or(resident);
        self.give_back(before.saturating_sub(resident));
        for (site, bytes) in self.blame.glance(resident.saturating_sub(before), faults) {
            self.held.add(site, bytes);
        }
        self.reach(resident);
    }

    /// Takes note of what it has, once growth is put down to somebody.
    fn reach(&mut self, resident: u64) {
        if self.now.is_some() && resident > self.most {
            self.held.is_at_peak();
            self.rose = true;
        }
        self.most = self.most.max(resident);
        self.now = Some(resident);
    }

    fn give_back(&mut self, bytes: u64) {
        self.held.give_back(bytes, |site, bytes| self.blame.give_back(site, bytes));
    }

    fn look(&mut self, at: f64, resident: u64, peak: u64) {
        // A peak that has risen since the last look was reached since then, spikes included. It falls
        // only where the process has turned into another program.
        let has_risen = self.kernel_peak.is_some_and(|before| peak > before);
        self.kernel_peak = Some(peak);
        let ran = std::mem::take(&mut self.ran);
        let now = self.now.unwrap_or(resident);
        if resident > now {
            for (site, bytes) in parts(resident - now, &ran) {
                self.held.add(site, bytes);
            }
            self.reach(resident);
        } else if !self.is_glanced_at {
            self.give_back(now - resident);
            self.reach(resident);
        }
        if !self.is_glanced_at {
            self.blame.forget_what_ran();
        }
        if has_risen && peak > self.most {
            // Glances may have seen most of it.
            let seen = if self.rose { self.most } else { now.max(resident) };
            self.held.spike(self.rose, parts(peak - seen, &ran));
            self.most = peak;
        }
        self.rose = false;
        self.series.push(MemoryPoint { at, resident });
    }

    fn finish(mut self, pid: u32) -> Memory {
        // An interpreter that is being taken down gives back what its program had to the end.
        if let (true, Some(last)) = (self.is_glanced_at, self.series.points.last_mut()) {
            last.resident = last.resident.max(self.now.unwrap_or(0));
        }
        let growth = self.held.finish();
        Memory { pid, peak: self.most, points: self.series.points, growth }
    }
}

/// Growth by what ran meanwhile, in proportion to its busy samples. Less than a byte for each site
/// is lost in rounding.
fn parts(bytes: u64, ran: &Ran) -> Vec<(Option<Site>, u64)> {
    if ran.is_empty() {
        return vec![(None, bytes)];
    }
    let all: u64 = ran.values().map(|&samples| u64::from(samples)).sum();
    let part = |samples: u32| u128::from(bytes) * u128::from(samples) / u128::from(all);
    (ran.iter())
        .map(|(&(_, site), &samples)| (Some(site), u64::try_from(part(samples)).unwrap_or(bytes)))
        .collect()
}

/// Looks of which neighbours are merged when there are too many: the one with the most stays.
#[derive(Debug)]
struct Series {
    points: Vec<MemoryPoint>,
    /// Looks that become one point.
    stride: u32,
    /// Looks in the last point.
    merged: u32,
}

impl Default for Series {
    fn default() -> Self {
        Self { points: Vec::new(), stride: 1, merged: 0 }
    }
}

impl Series {
    fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    fn last_at(&self) -> f64 {
        self.points.last().map_or(f64::NEG_INFINITY, |point| point.at)
    }

    fn push(&mut self, point: MemoryPoint) {
        if self.merged > 0 && self.merged < self.stride {
            self.merged += 1;
            if let Some(last) = self.points.last_mut() {
                *last = higher(*last, point);
            }
            return;
        }
        if self.points.len() >= limits::MEMORY_POINTS {
            self.halve();
        }
        self.points.push(point);
        self.merged = 1;
    }

    /// The first point stays as it is: growth is told from it.
    fn halve(&mut self) {
        let (first, rest) = self.points.split_at(1);
        let pairs = rest.chunks(2).map(|pair| pair.iter().copied().reduce(higher));
        self.points = first.iter().copied().chain(pairs.flatten()).collect();
        self.stride = self.stride.saturating_mul(2);
    }
}

fn higher(a: MemoryPoint, b: MemoryPoint) -> MemoryPoint {
    if b.resident > a.resident { b } else { a }
}

#[cfg(test)]
mod tests;
