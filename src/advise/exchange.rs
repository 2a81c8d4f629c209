//! What a program and the workers of its pool spend on each other instead of on the tasks.

use advisors::Exchange;

use crate::profile::{Location, Origin, Process, Profile, Traffic, origin};

/// What a busy sample of a pool's process was spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The program's own code, or a library's that it called.
    Task,
    /// Bringing tasks and results to and fro; in it, packing them.
    Exchange { packing: bool },
    /// The start of workers.
    Starting,
}

/// Modules of multiprocessing that start workers.
const STARTING: &[&str] =
    &["forkserver", "popen_fork", "popen_forkserver", "popen_spawn_posix", "process", "spawn"];

/// Functions in those modules that only ask for a worker's end.
const ENDING: &[&str] = &["poll", "wait", "join", "exitcode", "is_alive"];

/// Functions whose own time is that of packing and unpacking in C, by the last part of their names:
/// they call `dumps` and `loads`, or `read` and `write` (multiprocessing/reduction.py, queues.py and
/// connection.py, CPython 3.8 to 3.15).
const PACKING: &[&str] = &["dumps", "loads", "get", "recv", "_send", "_recv"];

/// The exchange of `parent` and its `workers`.
pub(super) fn seen(profile: &Profile, parent: &Process, workers: &[&Process]) -> Exchange {
    let members: Vec<&Process> = [parent].into_iter().chain(workers.iter().copied()).collect();
    let is_member = |pid: u32| members.iter().any(|process| process.pid == pid);
    let (mut busy, mut exchanged, mut packed, mut started) = (0, 0, 0, 0);
    for count in &profile.counts {
        let pid = profile.threads[count.thread as usize].pid;
        if !count.state.is_busy() || !is_member(pid) {
            continue;
        }
        busy += count.samples;
        match work(profile.frames(count.stack)) {
            Work::Task => {}
            Work::Starting => started += count.samples,
            Work::Exchange { packing } => {
                exchanged += count.samples;
                packed += if packing { count.samples } else { 0 };
            }
        }
    }
    let share = |samples: u64| samples as f64 / busy.max(1) as f64;
    let cpu_seconds: f64 = members.iter().map(|process| process.cpu_seconds).sum();
    let (messages, message_bytes) = messages(workers);
    Exchange {
        busy_samples: busy,
        share: share(exchanged),
        packing: share(packed),
        starting: share(started),
        messages,
        message_bytes,
        seconds_per_message: if messages > 0 { cpu_seconds / messages as f64 } else { 0.0 },
    }
}

/// What a stack, leaf first, is spent on: told by the innermost frame of the program or the pool.
fn work<'p>(frames: impl Iterator<Item = &'p Location>) -> Work {
    let mut packing = false;
    for (depth, frame) in frames.enumerate() {
        let (file, name) = (&frame.code.file, frame.code.name.data());
        let name = name.rsplit('.').next().unwrap_or(name);
        if Origin::of(file) == Origin::Own {
            return Work::Task;
        }
        let Some(module) = origin::library_module(file.data()) else { continue };
        let module = module.strip_suffix(".py").unwrap_or(module);
        let Some(part) = module.strip_prefix("multiprocessing/") else {
            if matches!(module, "concurrent/futures/process" | "concurrent/futures/_base") {
                return Work::Exchange { packing };
            }
            continue;
        };
        packing |= depth == 0 && PACKING.contains(&name);
        return match STARTING.contains(&part) && !ENDING.contains(&name) {
            true => Work::Starting,
            false => Work::Exchange { packing },
        };
    }
    Work::Task
}

/// Messages that the workers got, and bytes of one to or from them. A message is read in two calls,
/// its length first, and written in one (multiprocessing/connection.py); a large one takes more.
fn messages(workers: &[&Process]) -> (u64, u64) {
    let mut all = Traffic::default();
    for traffic in workers.iter().filter_map(|worker| worker.traffic) {
        all.reads += traffic.reads;
        all.writes += traffic.writes;
        all.read_bytes += traffic.read_bytes;
        all.written_bytes += traffic.written_bytes;
    }
    let got = all.reads / 2;
    let bytes = (all.read_bytes + all.written_bytes).checked_div(got + all.writes);
    (got, bytes.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::profile::{Count, Stack, Target, Thread};
    use crate::sample::{Code, State};
    use crate::text::Untrusted;

    /// Frames by name and by file below the standard library; the program's own has none.
    const FRAMES: &[(&str, &str)] = &[
        ("f", ""),
        ("Queue.get", "multiprocessing/queues.py"),
        ("worker", "multiprocessing/pool.py"),
        ("BaseProcess.start", "multiprocessing/process.py"),
        ("wait", "threading.py"),
        ("Future.result", "concurrent/futures/_base.py"),
        ("Popen.poll", "multiprocessing/popen_fork.py"),
    ];

    fn location((name, file): &(&str, &str)) -> Location {
        let file = match *file {
            "" => "etl.py".to_owned(),
            file => format!("/usr/lib/python3.12/{file}"),
        };
        let (name, file) = (Untrusted::new(*name), Untrusted::new(file));
        Location { code: Arc::new(Code { name, file, first_line: 1 }), place: Place::line(1) }
    }

    fn work_of(stack: &[usize]) -> Work {
        let locations: Vec<Location> = stack.iter().map(|&it| location(&FRAMES[it])).collect();
        work(locations.iter())
    }

    #[test]
    fn the_innermost_frame_of_program_or_pool_decides() {
        assert_eq!(work_of(&[0, 2, 3, 0]), Work::Task);
        assert_eq!(work_of(&[1, 2, 3, 0]), Work::Exchange { packing: true });
        assert_eq!(work_of(&[2, 3, 0]), Work::Exchange { packing: false });
        assert_eq!(work_of(&[4, 5, 0]), Work::Exchange { packing: false });
        assert_eq!(work_of(&[3, 0]), Work::Starting);
        assert_eq!(work_of(&[6, 0]), Work::Exchange { packing: false });
        assert_eq!(work_of(&[4]), Work::Task);
    }

    #[test]
    fn shares_are_of_the_pool_and_messages_are_counted_by_reads() {
        let busy = State { on_cpu: true, ..State::IDLE };
        let process = |pid, reads| Process {
            pid,
            cpu_seconds: 1.5,
            traffic: Some(Traffic {
                reads,
                writes: 500,
                read_bytes: 40_000,
                written_bytes: 10_000,
            }),
            ..Process::default()
        };
        let (parent, worker, other) = (process(1, 0), process(2, 1_000), process(3, 0));
        let profile = Profile {
            target: Target { pid: 1, ..Target::default() },
            locations: FRAMES.iter().map(location).collect(),
            stacks: vec![Stack { locations: vec![1, 2] }, Stack { locations: vec![0] }],
            threads: (1..4).map(|pid| Thread { pid, tid: pid, name: None }).collect(),
            counts: [(0, 1, 30), (1, 0, 10), (1, 2, 99)]
                .map(|(stack, thread, samples)| Count {
                    stack,
                    thread,
                    task: None,
                    state: busy,
                    samples,
                })
                .to_vec(),
            processes: vec![parent, worker, other],
            ..Profile::default()
        };
        let [parent, worker, _] = &profile.processes[..] else { panic!("three processes") };
        let exchange = seen(&profile, parent, &[worker]);
        assert_eq!((exchange.share, exchange.packing, exchange.starting), (0.75, 0.75, 0.0));
        assert_eq!((exchange.messages, exchange.message_bytes), (500, 50));
        assert_eq!(exchange.seconds_per_message, 0.006);
    }
}
