//! The worker processes of a profile, as one piece of evidence.

use std::collections::HashMap;

use advisors::Pool;

use super::activity::busy_samples;
use super::exchange;
use crate::profile::{Process, Profile};

/// The workers that did the most of those of one process, or `None` when there were none: the program
/// may have been started by a shell or by another program, and recordings that were merged have several.
///
/// Averages are over the time from the first worker's start to the last one's end: what the
/// program did before it made the pool says nothing about the pool, and children that ran one
/// after another are no crowd.
pub(super) fn seen(profile: &Profile) -> Option<Pool> {
    let busy = busy_samples(profile);
    let of = |pids: &[&Process]| -> u64 {
        pids.iter().map(|it| busy.get(&it.pid).copied().unwrap_or_default()).sum()
    };
    let mut children: HashMap<u32, Vec<&Process>> = HashMap::new();
    for process in &profile.processes {
        children.entry(process.parent).or_default().push(process);
    }
    let parents = profile.processes.iter().filter(|process| process.python.is_some());
    let pools = parents.map(|parent| (parent, workers(&children, parent)));
    let (parent, workers) = pools.rev().max_by_key(|(_, workers)| (of(workers), workers.len()))?;
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
    Some(Pool {
        started: workers.len() as u32,
        exchange: exchange::seen(profile, parent, &workers),
        workers: most_at_once(&workers),
        runnable: mean(|worker| worker.runnable),
        threads_per_worker: median(workers.iter().map(|worker| worker.threads).collect()),
        cores_used: workers.iter().map(|worker| worker.cpu_seconds).sum::<f64>() / seconds,
        cpus: profile.machine.cpus,
        quota: profile.machine.quota,
        busy_samples: of(&workers),
        preemptions_per_second: workers.iter().map(|w| w.preemptions).sum::<u64>() as f64 / seconds,
    })
}

/// The Python children of a process that run the same program. Those that it has forked by a server
/// (`forkserver`, the usual way from CPython 3.14 on) are children of that one, which itself does no
/// work; nor does the one that keeps track of shared resources.
fn workers<'p>(children: &HashMap<u32, Vec<&'p Process>>, parent: &Process) -> Vec<&'p Process> {
    let is = |process: &Process, module| process.command.data().contains(module);
    let of = |parent: &Process| children.get(&parent.pid).into_iter().flatten().copied();
    let (servers, others): (Vec<_>, Vec<_>) =
        of(parent).partition(|it| is(it, "multiprocessing.forkserver"));
    let own = others
        .into_iter()
        .filter(|it| !is(it, "multiprocessing.resource_tracker") && is_same_program(parent, it));
    let workers = own.chain(servers.into_iter().flat_map(of));
    workers.filter(|it| it.python.is_some()).collect()
}

/// Commands of processes that are started anew to work for a pool: those of multiprocessing, and of loky,
/// which joblib has.
const POOLS: &[&str] = &["multiprocessing", "loky"];

/// Whether a child is its parent over again, forked or started anew, and no other program.
fn is_same_program(parent: &Process, child: &Process) -> bool {
    let command = child.command.data();
    command == parent.command.data() || POOLS.iter().any(|name| command.contains(name))
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
        let mut processes = vec![process(1, 0, (0.0, 10.0), 0.1)];
        let child = |i: u32| process(2 + i, 1, (f64::from(i), f64::from(i) + 1.0), 1.0);
        processes.extend((0..10).map(child));
        assert_eq!(seen(&profile(processes)).expect("children").workers, 1);
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
    fn a_pool_below_a_shell_or_of_a_merged_recording_is_found() {
        let life = (0.0, 9.0);
        let mut shell = process(1, 0, life, 0.1);
        shell.python = None;
        let below = vec![shell, process(5, 1, life, 0.1), process(2, 5, life, 1.0)];
        assert_eq!(seen(&profile(below)).map(|pool| pool.workers), Some(1));
        let merged = vec![process(5, 9, life, 0.1), process(2, 5, life, 1.0)];
        assert_eq!(seen(&profile(merged)).map(|pool| pool.busy_samples), Some(90));
    }

    #[test]
    fn another_program_of_python_is_no_worker() {
        let life = (0.0, 9.0);
        let command = |text: &str| Untrusted::new(text);
        let with = |child: &str| {
            let parent =
                Process { command: command("python master.py"), ..process(1, 0, life, 0.1) };
            let child = Process { command: command(child), ..process(2, 1, life, 1.0) };
            seen(&profile(vec![parent, child])).is_some()
        };
        assert!(with("python master.py"), "it was forked");
        assert!(with("python -c from multiprocessing.spawn import spawn_main; spawn_main()"));
        assert!(!with("python serve.py"));
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
