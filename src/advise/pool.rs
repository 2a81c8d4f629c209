//! The worker processes of a profile, as one piece of evidence.

use std::collections::HashSet;

use advisors::Pool;

use super::exchange;
use crate::profile::{Process, Profile};

/// The Python children of the target, or `None` when there were none.
///
/// Averages are over the time from the first worker's start to the last one's end: what the
/// program did before it made the pool says nothing about the pool, and children that ran one
/// after another are no crowd.
pub(super) fn seen(profile: &Profile) -> Option<Pool> {
    let workers = workers(profile);
    let first = workers.iter().map(|worker| worker.first_seen).reduce(f64::min)?;
    let last = workers.iter().map(|worker| worker.last_seen).reduce(f64::max)?;
    let seconds = last - first;
    if seconds <= 0.0 {
        return None;
    }
    let mean = |of: fn(&Process) -> f64| {
        let time = |worker: &Process| of(worker) * (worker.last_seen - worker.first_seen);
        workers.iter().map(|worker| time(worker)).sum::<f64>() / seconds
    };
    let pids: HashSet<u32> = workers.iter().map(|worker| worker.pid).collect();
    let busy = profile.counts.iter().filter(|count| {
        count.state.is_busy() && pids.contains(&profile.threads[count.thread as usize].pid)
    });
    let target = profile.target.pid;
    let parent = profile.processes.iter().find(|process| process.pid == target);
    Some(Pool {
        started: workers.len() as u32,
        exchange: exchange::seen(profile, parent, &workers),
        workers: most_at_once(&workers),
        runnable: mean(|worker| worker.runnable),
        threads_per_worker: median(workers.iter().map(|worker| worker.threads).collect()),
        cores_used: workers.iter().map(|worker| worker.cpu_seconds).sum::<f64>() / seconds,
        cpus: profile.machine.cpus,
        quota: profile.machine.quota,
        busy_samples: busy.map(|count| count.samples).sum(),
        preemptions_per_second: workers.iter().map(|w| w.preemptions).sum::<u64>() as f64 / seconds,
    })
}

/// The Python children of the target. Those that it has forked by a server (`forkserver`, the usual
/// way from CPython 3.14 on) are children of that one, which itself does no work; nor does the one
/// that keeps track of shared resources.
fn workers(profile: &Profile) -> Vec<&Process> {
    let target = profile.target.pid;
    let is_server = |process: &Process| {
        process.parent == target && process.command.data().contains("multiprocessing.forkserver")
    };
    let servers: HashSet<u32> =
        profile.processes.iter().filter(|it| is_server(it)).map(|server| server.pid).collect();
    let is_tracker =
        |process: &Process| process.command.data().contains("multiprocessing.resource_tracker");
    let is_worker = |process: &Process| {
        let is_child =
            process.parent == target && !servers.contains(&process.pid) && !is_tracker(process);
        process.python.is_some() && (is_child || servers.contains(&process.parent))
    };
    profile.processes.iter().filter(|process| is_worker(process)).collect()
}

/// The most workers that lived at the same time.
fn most_at_once(workers: &[&Process]) -> u32 {
    let alive_at = |instant: f64| {
        workers.iter().filter(|w| w.first_seen <= instant && instant < w.last_seen).count()
    };
    workers.iter().map(|worker| alive_at(worker.first_seen)).max().unwrap_or_default() as u32
}

fn median(mut values: Vec<u32>) -> u32 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use advisors::Python;

    use super::*;
    use crate::profile::{Count, Machine, Stack, Target, Thread, Timing};
    use crate::sample::State;
    use crate::text::Untrusted;

    fn process(pid: u32, parent: u32, life: (f64, f64), runnable: f64) -> Process {
        Process {
            pid,
            parent,
            python: Some(Python::new(3, 12)),
            observations: 20,
            first_seen: life.0,
            last_seen: life.1,
            threads: 2,
            runnable,
            cpu_seconds: 1.0,
            waits: 90,
            preemptions: 40,
            ..Process::default()
        }
    }

    fn profile(processes: Vec<Process>) -> Profile {
        let state = State { on_cpu: true, holds_gil: true, ..State::default() };
        Profile {
            target: Target { pid: 1, ..Target::default() },
            timing: Timing { seconds: 10.0, ..Timing::default() },
            machine: Machine { cpus: 2, quota: Some(1.5) },
            processes,
            stacks: vec![Stack::default()],
            threads: vec![
                Thread { pid: 1, tid: 1, name: None },
                Thread { pid: 2, tid: 2, name: None },
            ],
            counts: vec![
                Count { stack: 0, thread: 0, task: None, state, samples: 5 },
                Count { stack: 0, thread: 1, task: None, state, samples: 90 },
            ],
            ..Profile::default()
        }
    }

    #[test]
    fn a_pool_is_averaged_over_its_own_life() {
        let pool = seen(&profile(vec![
            process(1, 0, (0.0, 10.0), 0.1),
            process(2, 1, (5.0, 10.0), 1.0),
            process(3, 1, (5.0, 10.0), 1.0),
            process(4, 1, (5.0, 10.0), 0.5),
        ]))
        .expect("three workers");
        assert_eq!((pool.workers, pool.threads_per_worker), (3, 2));
        assert!((pool.runnable - 2.5).abs() < 1e-9, "{pool:?}");
        assert!((pool.cores_used - 3.0 / 5.0).abs() < 1e-9, "{pool:?}");
        assert!((pool.preemptions_per_second - 24.0).abs() < 1e-9, "{pool:?}");
        assert_eq!((pool.busy_samples, pool.cpus, pool.quota), (90, 2, Some(1.5)));
    }

    #[test]
    fn children_one_after_another_are_not_a_crowd() {
        let one_by_one =
            (0..10).map(|i| process(2 + i, 1, (f64::from(i), f64::from(i) + 1.0), 1.0)).collect();
        assert_eq!(seen(&profile(one_by_one)).expect("children").workers, 1);
    }

    #[test]
    fn grandchildren_and_other_programs_are_no_workers() {
        let life = (0.0, 9.0);
        let mut shell = process(2, 1, life, 1.0);
        shell.python = None;
        let processes = vec![process(1, 0, life, 1.0), shell, process(3, 2, life, 1.0)];
        assert_eq!(seen(&profile(processes)), None);
    }

    #[test]
    fn what_a_server_has_forked_are_workers_and_it_is_none() {
        let life = (0.0, 9.0);
        let command = Untrusted::new("python -c from multiprocessing.forkserver import main");
        let forked =
            |pid, parent| Process { command: command.clone(), ..process(pid, parent, life, 1.0) };
        let processes = vec![process(1, 0, life, 0.1), forked(2, 1), forked(3, 2), forked(4, 2)];
        assert_eq!(seen(&profile(processes)).expect("two workers").workers, 2);
    }
}
