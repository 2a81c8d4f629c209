//! What a program and the workers of its pool spend on each other instead of on the tasks.

use std::collections::HashSet;

use advisors::Exchange;

use crate::profile::{Location, Origin, Process, Profile, Traffic, origin};
use crate::text::Untrusted;

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
    let (mut busy, mut exchanged, mut packed, mut started, mut direct) = (0, 0, 0, 0, 0);
    let mut files = HashSet::new();
    for count in &profile.counts {
        let pid = profile.threads[count.thread as usize].pid;
        if !is_member(pid) {
            continue;
        }
        let asker = asker(profile.frames(count.stack));
        files.extend(asker.filter(|it| it.of_pool).map(|it| it.file.data()));
        if !count.state.is_busy() {
            continue;
        }
        busy += count.samples;
        match work(profile.frames(count.stack)) {
            Work::Task => {}
            Work::Starting => started += count.samples,
            Work::Exchange { packing } => {
                exchanged += count.samples;
                packed += if packing { count.samples } else { 0 };
                direct += if asker.is_some_and(|it| it.is_direct) { count.samples } else { 0 };
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
        direct: share(direct),
        files: files.len() as u32,
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

/// Code outside the standard library that has multiprocessing or a pool do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asker<'p> {
    /// Its file.
    file: &'p Untrusted,
    /// Whether it asks a pool of processes.
    of_pool: bool,
    /// Whether it sends or reads messages itself, without a pool.
    is_direct: bool,
}

/// Who asks for what a stack, leaf first, is within; nobody where a thread or worker of the pool does
/// it by itself.
fn asker<'p>(frames: impl Iterator<Item = &'p Location>) -> Option<Asker<'p>> {
    let (mut of_pool, mut is_direct, mut is_within) = (false, false, false);
    for frame in frames {
        let (file, name) = (&frame.code.file, frame.code.name.data());
        if matches!(Origin::of(file), Origin::Own | Origin::Package) {
            return is_within.then_some(Asker { file, of_pool, is_direct });
        }
        let module = origin::library_module(file.data()).unwrap_or_default();
        match module.strip_suffix(".py").unwrap_or(module) {
            "concurrent/futures/process" | "multiprocessing/pool" if WORKING.contains(&name) => {
                return None;
            }
            // What workers begin with is a program of its own, `python -c`.
            "multiprocessing/forkserver" | "multiprocessing/spawn" => return None,
            _ if name == "<module>" => {}
            "concurrent/futures/process" | "multiprocessing/pool" => {
                (of_pool, is_direct, is_within) = (true, false, true);
            }
            "concurrent/futures/_base" => (is_direct, is_within) = (false, true),
            module if CHANNELS.iter().any(|it| module == format!("multiprocessing/{it}")) => {
                (is_direct, is_within) = (!of_pool, true);
            }
            _ => {}
        }
    }
    None
}

/// Functions that a pool's workers run in.
const WORKING: &[&str] = &["_process_worker", "worker"];

/// Modules of multiprocessing by which a program sends messages without a pool.
const CHANNELS: &[&str] = &["connection", "managers", "queues"];

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

    /// Frames by name and by file below the standard library; the program's own has none.
    const FRAMES: &[(&str, &str)] = &[
        ("f", ""),
        ("Queue.get", "multiprocessing/queues.py"),
        ("worker", "multiprocessing/pool.py"),
        ("BaseProcess.start", "multiprocessing/process.py"),
        ("wait", "threading.py"),
        ("Future.result", "concurrent/futures/_base.py"),
        ("Popen.poll", "multiprocessing/popen_fork.py"),
        ("ProcessPoolExecutor.submit", "concurrent/futures/process.py"),
        ("Connection.recv", "multiprocessing/connection.py"),
        ("<module>", "concurrent/futures/process.py"),
        ("_main", "multiprocessing/spawn.py"),
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
    fn who_asks_is_the_code_that_calls_the_pool_or_the_channel() {
        let of = |stack: &[usize]| {
            let locations: Vec<Location> = stack.iter().map(|&it| location(&FRAMES[it])).collect();
            asker(locations.iter()).map(|it| (it.of_pool, it.is_direct))
        };
        assert_eq!(of(&[4, 7, 0]), Some((true, false)));
        assert_eq!(of(&[8, 7, 0]), Some((true, false)), "the pool sends");
        assert_eq!(of(&[8, 0]), Some((false, true)));
        assert_eq!(of(&[8, 0, 2, 3, 7, 0]), Some((false, true)), "a task sends");
        assert_eq!(of(&[8, 1, 2, 3, 7, 0]), None, "a worker reads its task");
        assert_eq!(of(&[4, 5, 0]), Some((false, false)));
        assert_eq!(of(&[0, 2, 3, 0]), None);
        assert_eq!(of(&[9, 0]), None, "the pool's module is imported");
        assert_eq!(of(&[8, 10, 0]), None, "a worker begins");
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
        assert_eq!((exchange.direct, exchange.files), (0.0, 0));
        assert_eq!((exchange.messages, exchange.message_bytes), (500, 50));
        assert_eq!(exchange.seconds_per_message, 0.006);
    }
}
