//! What a process did as a whole, as one piece of evidence.

use std::collections::HashMap;

use advisors::Activity;

use crate::profile::{Count, Process, Profile, Runtime};

/// Share of the busy samples from which the target itself is what is looked at.
const FAIR: f64 = 0.1;

/// A process's own doings, its children's left out; `None` when none was looked at.
pub(super) fn seen(profile: &Profile) -> Option<Activity> {
    let process = principal(profile)?;
    let sweeps = profile.timing.telling_sweeps() as f64 * part(profile, process);
    if sweeps <= 0.0 {
        return None;
    }
    let own = |count: &&Count| profile.threads[count.thread as usize].pid == process.pid;
    let mean = |wanted: fn(&Count) -> bool| {
        let counts = profile.counts.iter().filter(own).filter(|count| wanted(count));
        counts.map(|count| count.samples).sum::<u64>() as f64 / sweeps
    };
    let runtime = profile.runtimes.iter().find(|runtime| runtime.pid == process.pid);
    let seconds = process.last_seen - process.first_seen;
    let threads = profile.threads.iter().filter(|thread| thread.pid == process.pid);
    Some(Activity {
        seconds: profile.timing.seconds,
        cores_used: if seconds > 0.0 { process.cpu_seconds / seconds } else { 0.0 },
        cpus: profile.machine.cpus,
        quota: profile.machine.quota,
        threads: mean(|_| true),
        thread_ids: threads.count() as u32,
        busy_threads: mean(|count| count.state.is_busy()),
        waiting_threads: mean(|count| count.state.waits_for_gil),
        interval: profile.timing.sample_seconds(),
        tasks: profile.runtimes.iter().filter_map(|runtime| runtime.tasks).max(),
        crowded: crowded(profile),
        task_looks: profile.runtimes.iter().map(|runtime| runtime.looks).sum(),
        thresholds: runtime.and_then(|it| it.collector).map(|collector| collector.thresholds),
    })
}

/// The part of the looks at busy event loops that found several tasks.
fn crowded(profile: &Profile) -> Option<f64> {
    let sum = |of: fn(&Runtime) -> u64| profile.runtimes.iter().map(of).sum::<u64>();
    let busy = sum(|runtime| runtime.busy_looks);
    (busy > 0).then(|| sum(|runtime| runtime.crowded_looks) as f64 / busy as f64)
}

/// The target where it computes itself; otherwise the process that does: the target may be a shell, or
/// what starts and watches the program.
fn principal(profile: &Profile) -> Option<&Process> {
    let busy = busy_samples(profile);
    let of = |process: &Process| busy.get(&process.pid).copied().unwrap_or_default();
    let all: u64 = busy.values().sum();
    let target = profile.processes.iter().find(|process| process.pid == profile.target.pid);
    let busiest = profile.processes.iter().rev().max_by_key(|process| of(process));
    target.filter(|target| of(target) as f64 >= FAIR * all as f64).or(busiest)
}

/// The busy samples of each process, by its id.
pub(super) fn busy_samples(profile: &Profile) -> HashMap<u32, u64> {
    let mut busy = HashMap::new();
    for count in profile.counts.iter().filter(|count| count.state.is_busy()) {
        *busy.entry(profile.threads[count.thread as usize].pid).or_default() += count.samples;
    }
    busy
}

/// The part of the recording in which a process was there.
fn part(profile: &Profile, process: &Process) -> f64 {
    if process.pid == profile.target.pid || profile.timing.seconds <= 0.0 {
        return 1.0;
    }
    ((process.last_seen - process.first_seen) / profile.timing.seconds).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Process, Target, Thread, Timing};
    use crate::sample::{Collector, State};

    #[test]
    fn threads_are_averaged_over_the_sweeps() {
        let busy = State { on_cpu: true, holds_gil: true, ..State::IDLE };
        let waits = State { waits_for_gil: true, ..State::IDLE };
        let count = |thread, state, samples| Count { stack: 0, thread, task: None, state, samples };
        let process = |pid| Process { pid, last_seen: 4.0, cpu_seconds: 2.0, ..Process::default() };
        let profile = Profile {
            target: Target { pid: 1, ..Target::default() },
            timing: Timing { seconds: 4.0, sweeps: 100, ..Timing::default() },
            processes: vec![process(2), process(1)],
            threads: vec![
                Thread { pid: 1, tid: 1, name: None },
                Thread { pid: 2, tid: 2, name: None },
            ],
            runtimes: vec![Runtime {
                pid: 1,
                tasks: Some(12),
                looks: 40,
                busy_looks: 8,
                crowded_looks: 2,
                collector: Some(Collector { thresholds: [700, 10, 10], counts: [0; 3] }),
            }],
            counts: vec![count(0, busy, 90), count(0, waits, 60), count(1, busy, 100)],
            ..Profile::default()
        };
        let activity = seen(&profile).expect("it was looked at");
        assert_eq!((activity.threads, activity.busy_threads), (1.5, 0.9));
        assert_eq!(activity.thread_ids, 1);
        assert_eq!((activity.waiting_threads, activity.cores_used), (0.6, 0.5));
        assert_eq!((activity.tasks, activity.task_looks), (Some(12), 40));
        assert_eq!(activity.crowded, Some(0.25));
        assert_eq!(activity.thresholds, Some([700, 10, 10]));
        assert_eq!(activity.interval, 0.04);
        assert_eq!(seen(&Profile::default()), None);
    }

    #[test]
    fn below_what_only_starts_it_the_process_that_computes_is_looked_at() {
        let busy = State { on_cpu: true, ..State::IDLE };
        let count = |thread, samples| Count { stack: 0, thread, task: None, state: busy, samples };
        let process =
            |pid, cpu_seconds| Process { pid, last_seen: 4.0, cpu_seconds, ..Process::default() };
        let thread = |pid| Thread { pid, tid: pid, name: None };
        let with = |own: u64| {
            let profile = Profile {
                target: Target { pid: 1, ..Target::default() },
                timing: Timing { seconds: 4.0, sweeps: 100, ..Timing::default() },
                processes: vec![process(1, 1.0), process(2, 3.0)],
                threads: vec![thread(1), thread(2)],
                counts: vec![count(0, own), count(1, 90)],
                ..Profile::default()
            };
            seen(&profile).expect("it was looked at").cores_used
        };
        assert_eq!(with(30), 0.25, "the target itself");
        assert_eq!(with(3), 0.75, "its child");
    }
}
