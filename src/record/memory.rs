//! Looks at the processes' memory, and what ran between them.

mod held;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::limits;
use crate::profile::{Memory, MemoryPoint};
use held::Held;

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
    /// Busy samples by location since the last look.
    ran: Ran,
    /// Those since the last glance, and those of the time between it and the one before.
    glances: [Ran; 2],
    /// Whether memory grew much between the last two glances.
    grew: bool,
    known: FxHashMap<u32, Known>,
    held: Held,
}

type Ran = FxHashMap<u32, u32>;

/// What is known of a location.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// Glances around which it was seen.
    glances: u64,
    /// Growth that was put down to it.
    bytes: u64,
    /// How much of that was given back.
    given_back: u64,
}

impl Known {
    /// What it makes grow from one glance to the next, in bytes. It is believed to do so a little
    /// until it has been seen for long not to.
    fn habit(&self) -> f64 {
        self.a_glance(self.bytes)
    }

    /// What of that is not given back.
    fn lasting_habit(&self) -> f64 {
        self.a_glance(self.bytes.saturating_sub(self.given_back))
    }

    fn a_glance(&self, bytes: u64) -> f64 {
        const LITTLE: f64 = (64 << 10) as f64;
        (bytes as f64 + LITTLE) / (self.glances as f64 + 1.0)
    }

    /// Whether growth by so much is quite unlike it: something short was at work meanwhile.
    fn is_unlike(&self, bytes: u64) -> bool {
        const OFTEN: u64 = 20;
        const FAR: f64 = 20.0;
        self.glances >= OFTEN && bytes >= MUCH && bytes as f64 > FAR * self.habit()
    }
}

/// Growth from one glance to the next, in bytes, that is no matter of chance.
const MUCH: u64 = 1 << 20;

impl Memories {
    /// A busy thread of process `pid` stood at `location`.
    pub(super) fn ran(&mut self, pid: u32, location: u32) {
        let watched = self.watched(pid);
        *watched.ran.entry(location).or_default() += 1;
        *watched.glances[0].entry(location).or_default() += 1;
    }

    /// A glance at process `pid` right after its sweep, `at` seconds into the recording: it has
    /// `resident` bytes.
    pub(super) fn glance(&mut self, pid: u32, at: f64, resident: u64) {
        self.watched(pid).glance(at, resident);
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
            watched.ran = renumbered(&mut watched.ran, &new);
            watched.known = renumbered(&mut watched.known, &new);
            for glance in &mut watched.glances {
                *glance = renumbered(glance, &new);
            }
        }
    }

    pub(super) fn finish(self) -> Vec<Memory> {
        let seen = self.by_pid.into_iter().filter(|(_, watched)| !watched.series.is_empty());
        seen.map(|(pid, watched)| watched.finish(pid)).collect()
    }
}

fn renumbered<T>(
    of: &mut FxHashMap<u32, T>,
    new: impl Fn(u32) -> Option<u32>,
) -> FxHashMap<u32, T> {
    of.drain().filter_map(|(location, it)| Some((new(location)?, it))).collect()
}

impl Watched {
    fn glance(&mut self, at: f64, resident: u64) {
        self.is_glanced_at = true;
        // A process that was forked a moment ago begins with what its parent had.
        if self.series.is_empty() {
            self.series.push(MemoryPoint { at, resident });
        }
        let before = self.now.unwrap_or(resident);
        let grown = resident.saturating_sub(before);
        self.give_back(before.saturating_sub(resident));
        let mut around = self.glances[1].clone();
        for (&location, samples) in &self.glances[0] {
            *around.entry(location).or_default() += samples;
        }
        self.glances.swap(0, 1);
        self.glances[0].clear();
        for &location in around.keys() {
            self.known.entry(location).or_default().glances += 1;
        }
        if grown > 0 {
            self.put_down(grown, &around);
        }
        self.grew = grown >= MUCH;
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
        let known = &mut self.known;
        self.held.give_back(bytes, |location, bytes| {
            if let Some(known) = known.get_mut(&location) {
                known.given_back += bytes;
            }
        });
    }

    /// Puts growth down to what was seen around it, the more the more of it each was seen to make.
    /// What is over before it can be seen makes others look guilty: growth that is unlike all that
    /// was seen is put down to none of it, unless it goes on.
    fn put_down(&mut self, bytes: u64, around: &Ran) {
        let weight = |(location, samples): (&u32, &u32)| {
            let known = self.known.get(location).copied().unwrap_or_default();
            let is_likely = self.grew || !known.is_unlike(bytes);
            is_likely.then(|| (*location, f64::from(*samples) * known.lasting_habit()))
        };
        let weights: Vec<(u32, f64)> = around.iter().filter_map(weight).collect();
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut left = bytes;
        for (location, weight) in weights {
            let part = ((bytes as f64 * weight / all) as u64).min(left);
            self.known.entry(location).or_default().bytes += part;
            self.held.add(Some(location), part);
            left -= part;
        }
        self.held.add(None, left);
    }

    fn look(&mut self, at: f64, resident: u64, peak: u64) {
        // A peak that has risen since the last look was reached since then, spikes included. It falls
        // only where the process has turned into another program.
        let has_risen = self.kernel_peak.is_some_and(|before| peak > before);
        self.kernel_peak = Some(peak);
        let ran = std::mem::take(&mut self.ran);
        let now = self.now.unwrap_or(resident);
        if resident > now {
            for (location, bytes) in parts(resident - now, &ran) {
                self.held.add(location, bytes);
            }
            self.reach(resident);
        } else if !self.is_glanced_at {
            self.give_back(now - resident);
            self.reach(resident);
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

/// Growth by what ran meanwhile, in proportion to its busy samples. Less than a byte for each location
/// is lost in rounding.
fn parts(bytes: u64, ran: &Ran) -> Vec<(Option<u32>, u64)> {
    if ran.is_empty() {
        return vec![(None, bytes)];
    }
    let all: u64 = ran.values().map(|&samples| u64::from(samples)).sum();
    let part = |samples: u32| u128::from(bytes) * u128::from(samples) / u128::from(all);
    (ran.iter())
        .map(|(&location, &samples)| {
            (Some(location), u64::try_from(part(samples)).unwrap_or(bytes))
        })
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
