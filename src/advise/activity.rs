//! What the target did as a whole, as one piece of evidence.

use advisors::Activity;

use crate::profile::{Count, Profile};

/// The target's own doings, its children's left out; `None` when it was never looked at.
pub(super) fn seen(profile: &Profile) -> Option<Activity> {
    let sweeps = profile.timing.telling_sweeps();
    let target = profile.processes.iter().find(|process| process.pid == profile.target.pid)?;
    if sweeps == 0 {
        return None;
    }
    let own = |count: &&Count| profile.threads[count.thread as usize].pid == target.pid;
    let mean = |wanted: fn(&Count) -> bool| {
        let counts = profile.counts.iter().filter(own).filter(|count| wanted(count));
        counts.map(|count| count.samples).sum::<u64>() as f64 / sweeps as f64
    };
    let runtime = profile.runtimes.iter().find(|runtime| runtime.pid == target.pid);
    let seconds = target.last_seen - target.first_seen;
    Some(Activity {
        seconds: profile.timing.seconds,
        cores_used: if seconds > 0.0 { target.cpu_seconds / seconds } else { 0.0 },
        cpus: profile.machine.cpus,
        quota: profile.machine.quota,
        threads: mean(|_| true),
        thread_ids: profile.threads.iter().filter(|thread| thread.pid == target.pid).count() as u32,
        busy_threads: mean(|count| count.state.is_busy()),
        waiting_threads: mean(|count| count.state.waits_for_gil),
        interval: profile.timing.sample_seconds(),
        tasks: runtime.and_then(|runtime| runtime.tasks),
        task_looks: profile.runtimes.iter().map(|runtime| runtime.looks).sum(),
        thresholds: runtime.and_then(|it| it.collector).map(|collector| collector.thresholds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Process, Runtime, Target, Thread, Timing};
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
        assert_eq!(activity.thresholds, Some([700, 10, 10]));
        assert_eq!(activity.interval, 0.04);
        assert_eq!(seen(&Profile::default()), None);
    }
}
