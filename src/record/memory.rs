//! Looks at the processes' memory, and what ran between them.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::limits;
use crate::profile::{Growth, Memory, MemoryPoint};

/// The memory of all processes.
#[derive(Debug, Default)]
pub(super) struct Memories {
    by_pid: BTreeMap<u32, Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    series: Series,
    /// The most that it had so far.
    most: u64,
    /// What the kernel said that was, which may be of long before the recording.
    kernel_peak: u64,
    /// Busy samples by location since the last look.
    ran: Ran,
    /// Those since the last glance, and those of the time between it and the one before.
    glances: [Ran; 2],
    /// Whether memory grew much between the last two glances.
    grew: bool,
    known: FxHashMap<u32, Known>,
    grown: FxHashMap<Option<u32>, u64>,
}

type Ran = FxHashMap<u32, u32>;

/// What is known of a location.
#[derive(Debug, Default, Clone, Copy)]
struct Known {
    /// Glances around which it was seen.
    glances: u64,
    /// Growth that was put down to it.
    bytes: u64,
}

impl Known {
    /// What it makes grow from one glance to the next, in bytes. It is believed to do so a little
    /// until it has been seen for long not to.
    fn habit(&self) -> f64 {
        const LITTLE: f64 = (64 << 10) as f64;
        (self.bytes as f64 + LITTLE) / (self.glances as f64 + 1.0)
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

    /// A glance at process `pid` right after its sweep: it has `resident` bytes.
    pub(super) fn glance(&mut self, pid: u32, resident: u64) {
        self.watched(pid).glance(resident);
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
            let mut grown: FxHashMap<Option<u32>, u64> = FxHashMap::default();
            for (location, bytes) in watched.grown.drain() {
                *grown.entry(location.and_then(&new)).or_default() += bytes;
            }
            watched.grown = grown;
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
    fn glance(&mut self, resident: u64) {
        let grown = if self.most == 0 { 0 } else { resident.saturating_sub(self.most) };
        self.most = self.most.max(resident);
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
    }

    /// Puts growth down to what was seen around it, the more the more of it each was seen to make.
    /// What is over before it can be seen makes others look guilty: growth that is unlike all that
    /// was seen is put down to none of it, unless it goes on.
    fn put_down(&mut self, bytes: u64, around: &Ran) {
        let weight = |(location, samples): (&u32, &u32)| {
            let known = self.known.get(location).copied().unwrap_or_default();
            let is_likely = self.grew || !known.is_unlike(bytes);
            is_likely.then(|| (*location, f64::from(*samples) * known.habit()))
        };
        let weights: Vec<(u32, f64)> = around.iter().filter_map(weight).collect();
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mut left = bytes;
        for (location, weight) in weights {
            let part = ((bytes as f64 * weight / all) as u64).min(left);
            self.known.entry(location).or_default().bytes += part;
            *self.grown.entry(Some(location)).or_default() += part;
            left -= part;
        }
        *self.grown.entry(None).or_default() += left;
    }

    fn look(&mut self, at: f64, resident: u64, peak: u64) {
        let is_first = self.series.is_empty();
        // A peak that has risen since the last look was reached since then, spikes included.
        let has_risen = !is_first && peak > self.kernel_peak;
        let reached = if has_risen { peak.max(resident) } else { resident };
        self.kernel_peak = self.kernel_peak.max(peak);
        let ran = std::mem::take(&mut self.ran);
        if !is_first && reached > self.most {
            self.distribute(reached - self.most, &ran);
        }
        self.most = self.most.max(reached);
        self.series.push(MemoryPoint { at, resident });
    }

    /// Puts growth down to what ran meanwhile, in proportion to its busy samples.
    fn distribute(&mut self, bytes: u64, ran: &Ran) {
        let all: u64 = ran.values().map(|&samples| u64::from(samples)).sum();
        let mut left = bytes;
        for (&location, &samples) in ran {
            let part = u128::from(bytes) * u128::from(samples) / u128::from(all);
            let part = u64::try_from(part).unwrap_or(left).min(left);
            *self.grown.entry(Some(location)).or_default() += part;
            left -= part;
        }
        // Less than a byte for each location is lost in rounding.
        if ran.is_empty() {
            *self.grown.entry(None).or_default() += left;
        }
    }

    fn finish(self, pid: u32) -> Memory {
        let mut growth: Vec<Growth> =
            self.grown.into_iter().map(|(location, bytes)| Growth { location, bytes }).collect();
        growth.retain(|growth| growth.bytes > 0);
        growth.sort_by_key(|growth| (std::cmp::Reverse(growth.bytes), growth.location));
        Memory { pid, peak: self.most, points: self.series.points, growth }
    }
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
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn growth(memories: Memories) -> Vec<(Option<u32>, u64)> {
        let [memory] = &memories.finish()[..] else { panic!("one process") };
        memory.growth.iter().map(|growth| (growth.location, growth.bytes / MIB)).collect()
    }

    #[test]
    fn growth_is_put_down_to_what_ran_meanwhile_in_proportion() {
        let mut memories = Memories::default();
        memories.ran(7, 5);
        memories.look(7, 0.0, 40 * MIB, 40 * MIB);
        for location in [1, 1, 1, 2] {
            memories.ran(7, location);
        }
        memories.look(7, 0.25, 140 * MIB, 140 * MIB);
        memories.ran(7, 3);
        memories.look(7, 0.5, 140 * MIB, 140 * MIB);
        memories.look(7, 0.75, 150 * MIB, 150 * MIB);
        assert_eq!(growth(memories), [(Some(1), 75), (Some(2), 25), (None, 10)]);
    }

    /// A program that takes 15 MiB in bursts of 5 ms in function 1, between which function 2 runs for
    /// long and takes none, sampled every 10 ms: the burst is met by every other sample.
    #[test]
    fn growth_in_bursts_is_not_put_down_to_what_runs_in_between() {
        let mut memories = Memories::default();
        let mut resident = 40 * MIB;
        for sweep in 0..600_u32 {
            let burst = sweep / 45;
            let is_met = sweep % 45 == 44 && burst % 2 == 1;
            memories.ran(7, if is_met { 1 } else { 2 });
            resident += if is_met { 7 * MIB } else { 0 };
            memories.glance(7, resident);
            resident += match sweep % 45 {
                44 if is_met => 8 * MIB,
                44 => 15 * MIB,
                _ => 0,
            };
            if sweep % 25 == 0 {
                memories.look(7, f64::from(sweep) / 100.0, resident, resident);
            }
        }
        let grown = growth(memories);
        let of = |location| grown.iter().find(|(it, _)| *it == location).map_or(0, |(_, mib)| *mib);
        assert!(of(Some(1)) >= 70 && of(Some(2)) <= 20, "{grown:?}");
        let all: u64 = grown.iter().map(|(_, mib)| mib).sum();
        assert!((190..=195).contains(&all), "{grown:?}");
    }

    #[test]
    fn steady_growth_with_a_leap_is_put_down_to_who_makes_it() {
        let mut memories = Memories::default();
        let mut resident = 40 * MIB;
        for sweep in 0..400_u32 {
            memories.ran(7, 1);
            memories.glance(7, resident);
            // A table that is made twice as large takes a few glances.
            resident += if (200..206).contains(&sweep) { 10 * MIB } else { 100 << 10 };
        }
        memories.look(7, 4.0, resident, resident);
        let grown = growth(memories);
        assert!(grown[0].0 == Some(1) && grown[0].1 >= 85, "{grown:?}");
    }

    #[test]
    fn what_is_freed_and_taken_again_is_no_growth_and_spikes_are() {
        let mut memories = Memories::default();
        // The peak is of before the recording.
        memories.look(7, 0.0, 100 * MIB, 900 * MIB);
        for (at, resident, peak) in [(1.0, 50, 900), (2.0, 100, 900), (3.0, 60, 900)] {
            memories.ran(7, 1);
            memories.look(7, at, resident * MIB, peak * MIB);
        }
        memories.ran(7, 2);
        memories.look(7, 4.0, 60 * MIB, 1_000 * MIB);
        let finished = Memories { by_pid: std::mem::take(&mut memories.by_pid) };
        let [memory] = &finished.finish()[..] else { panic!("one process") };
        assert_eq!(
            (memory.peak, memory.first(), memory.last()),
            (1_000 * MIB, 100 * MIB, 60 * MIB)
        );
        let [only] = memory.growth[..] else { panic!("{:?}", memory.growth) };
        assert_eq!(only, Growth { location: Some(2), bytes: 900 * MIB });
    }

    #[test]
    fn a_day_is_as_long_as_an_hour_and_keeps_its_peak() {
        let mut memories = Memories::default();
        let day: u32 = 4 * 86_400;
        for look in 0..day {
            let resident = if look == 77_777 { 999 } else { u64::from(look % 100 + 1) };
            memories.look(7, f64::from(look) / 4.0, resident * MIB, 0);
        }
        let [memory] = &memories.finish()[..] else { panic!("one process") };
        let points = memory.points.len();
        assert!((limits::MEMORY_POINTS / 2..=limits::MEMORY_POINTS).contains(&points), "{points}");
        assert_eq!(memory.first(), MIB);
        assert!(memory.points.is_sorted_by(|a, b| a.at < b.at));
        assert!(memory.points.iter().any(|point| point.resident == 999 * MIB));
    }

    #[test]
    fn processes_that_come_and_go_make_room() {
        let mut memories = Memories::default();
        for pid in 0..3 * limits::PROCESSES_REMEMBERED as u32 {
            memories.look(1_000_000, f64::from(pid), MIB, MIB);
            memories.look(pid, f64::from(pid), MIB, MIB);
        }
        let kept = memories.finish();
        assert_eq!(kept.len(), limits::PROCESSES_REMEMBERED);
        assert!(kept.iter().any(|memory| memory.pid == 1_000_000), "who lives is kept");
    }

    #[test]
    fn growth_follows_its_locations() {
        let mut memories = Memories::default();
        memories.look(7, 0.0, MIB, MIB);
        for location in [1, 2] {
            memories.ran(7, location);
        }
        memories.look(7, 1.0, 3 * MIB, 3 * MIB);
        memories.renumber(|location| (location == 2).then_some(0));
        assert_eq!(growth(memories), [(None, 1), (Some(0), 1)]);
    }
}
