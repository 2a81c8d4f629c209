//! What was seen of the processes' interpreters now and then.

use std::collections::BTreeMap;

use crate::limits;
use crate::profile::Runtime;
use crate::sample::Sweep;

/// The interpreters of all processes.
#[derive(Debug, Default)]
pub(super) struct Runtimes {
    by_pid: BTreeMap<u32, Runtime>,
}

impl Runtimes {
    /// Takes what a sweep of process `pid` says. Of very many processes the later ones are left out.
    pub(super) fn look(&mut self, pid: u32, sweep: &Sweep) {
        if sweep.tasks.is_none() && sweep.collector.is_none() {
            return;
        }
        if self.by_pid.len() >= limits::PROCESSES_REMEMBERED && !self.by_pid.contains_key(&pid) {
            return;
        }
        let seen = self.by_pid.entry(pid).or_insert(Runtime { pid, ..Runtime::default() });
        let tasks = sweep.tasks.as_ref().map(|look| look.count);
        seen.tasks = seen.tasks.max(tasks);
        seen.looks += u64::from(tasks.is_some());
        if let Some(look) = sweep.tasks.as_ref().filter(|look| look.busy) {
            seen.busy_looks += 1;
            seen.crowded_looks += u64::from(look.count >= advisors::OTHERS);
        }
        seen.collector = sweep.collector.or(seen.collector);
    }

    pub(super) fn finish(self) -> Vec<Runtime> {
        self.by_pid.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Collector, TaskLook};

    #[test]
    fn the_most_tasks_and_the_last_collector_are_kept() {
        let mut runtimes = Runtimes::default();
        let asked =
            |threshold| Some(Collector { thresholds: [threshold, 10, 10], ..Collector::default() });
        let looks = [
            (Some((3, true)), asked(700)),
            (Some((9, false)), None),
            (Some((2, true)), None),
            (None, asked(50_000)),
        ];
        for (tasks, collector) in looks {
            let tasks = tasks.map(|(count, busy)| TaskLook { count, busy, ..TaskLook::default() });
            runtimes.look(7, &Sweep { tasks, collector, ..Sweep::default() });
        }
        runtimes.look(8, &Sweep::default());
        let expected = Runtime {
            pid: 7,
            tasks: Some(9),
            looks: 3,
            busy_looks: 2,
            crowded_looks: 1,
            collector: asked(50_000),
        };
        assert_eq!(runtimes.finish(), [expected]);
    }

    #[test]
    fn processes_without_end_are_cut() {
        let mut runtimes = Runtimes::default();
        for pid in 0..2 * limits::PROCESSES_REMEMBERED as u32 {
            runtimes.look(pid, &Sweep { tasks: Some(TaskLook::default()), ..Sweep::default() });
        }
        assert_eq!(runtimes.finish().len(), limits::PROCESSES_REMEMBERED);
    }
}
