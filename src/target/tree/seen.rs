//! Sums over the observations of one process.

use std::collections::HashMap;

use crate::profile::Traffic;
use crate::target::proc::{Stat, Switches};

/// Sums over the observations of one process.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Seconds into the recording.
    pub(super) first: Option<f64>,
    pub(super) last: f64,
    pub(super) observations: u32,
    /// In how many of them it was stopped.
    pub(super) halted: u32,
    /// Whether it was at the last.
    pub(super) is_halted: bool,
    /// When the threads are to be looked at again.
    pub(super) due: f64,
    pub(super) threads: Vec<u32>,
    pub(super) runnable: u64,
    /// Clock ticks that were used before the first observation, and until the last.
    pub(super) cpu_ticks: Option<(u64, u64)>,
    /// The same of children that have ended.
    pub(super) ended_ticks: Option<(u64, u64)>,
    /// By thread: the count at the last observation.
    before: HashMap<u32, Switches>,
    pub(super) switches: Switches,
    /// Resident and at most, in bytes, at the last observation.
    pub(super) memory: Option<(u64, u64)>,
    /// What was read and written before the first observation, and until the last.
    pub(super) traffic: Option<(Traffic, Traffic)>,
}

impl Seen {
    /// Adds an observation; `present` for a process that was there before the recording began.
    pub(super) fn add(
        &mut self,
        stat: &Stat,
        threads: usize,
        runnable: usize,
        switches: HashMap<u32, Switches>,
        present: bool,
    ) {
        let is_baseline = self.is_baseline(present);
        if !is_baseline {
            for (tid, now) in &switches {
                let before = self.before.get(tid).copied().unwrap_or_default();
                self.switches.waits += now.waits.saturating_sub(before.waits);
                self.switches.preemptions += now.preemptions.saturating_sub(before.preemptions);
            }
        }
        self.before = switches;
        let since = |ticks: &mut Option<(u64, u64)>, now| {
            ticks.get_or_insert((if is_baseline { now } else { 0 }, now)).1 = now;
        };
        since(&mut self.cpu_ticks, stat.cpu_ticks);
        since(&mut self.ended_ticks, stat.ended_ticks);
        self.observations += 1;
        self.threads.push(threads as u32);
        self.runnable += runnable as u64;
    }

    /// Takes what was read and written so far, before the observation is added.
    pub(super) fn moved(&mut self, now: Traffic, present: bool) {
        let before = if self.is_baseline(present) { now } else { Traffic::default() };
        self.traffic.get_or_insert((before, now)).1 = now;
    }

    /// Whether what was counted so far was before the recording.
    fn is_baseline(&self, present: bool) -> bool {
        self.observations == 0 && present
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_begin_with_the_observation_for_what_was_there_before() {
        let counts =
            |count| HashMap::from([(7, Switches { waits: 10 * count, preemptions: count })]);
        let stat = |cpu_ticks, ended_ticks| Stat {
            state: b'R',
            parent: 1,
            cpu_ticks,
            ended_ticks,
            started: 9,
            stack_start: 0,
        };
        let mut seen = Seen::default();
        seen.add(&stat(500, 70), 1, 1, counts(100), true);
        seen.add(&stat(520, 90), 3, 0, counts(104), false);
        assert_eq!((seen.cpu_ticks, seen.ended_ticks), (Some((500, 520)), Some((70, 90))));
        assert_eq!(seen.switches, Switches { waits: 40, preemptions: 4 });
        let mut born_later = Seen::default();
        born_later.add(&stat(30, 4), 1, 1, counts(9), false);
        assert_eq!((born_later.cpu_ticks, born_later.ended_ticks), (Some((0, 30)), Some((0, 4))));
        assert_eq!(born_later.switches, Switches { waits: 90, preemptions: 9 });
    }
}
