//! When a file may have been loaded: not before one of the processes began that ran it.

use std::time::{Duration, SystemTime};

use rustc_hash::FxHashSet;

use crate::profile::{Process, Profile};
use crate::text::Untrusted;

/// When the first of the processes began that ran `file`, of a program that `began` itself then.
pub(super) fn began(profile: &Profile, file: &Untrusted, began: SystemTime) -> SystemTime {
    let passes = |stack| profile.frames(stack).any(|location| location.code.file == *file);
    let through = profile.counts.iter().filter(|count| passes(count.stack));
    let pids: FxHashSet<u32> =
        through.map(|count| profile.threads[count.thread as usize].pid).collect();
    let of_each = pids.into_iter().map(|pid| of_process(profile, pid).unwrap_or(began));
    of_each.min().unwrap_or(began)
}

/// When a process began; `None` of the program itself, of what it has forked, which has what was loaded
/// before, and of what is not known.
fn of_process(profile: &Profile, pid: u32) -> Option<SystemTime> {
    let process = of_id(profile, pid)?;
    let mut ancestor = process;
    for _ in &profile.processes {
        if ancestor.pid == profile.target.pid {
            return None;
        }
        match of_id(profile, ancestor.parent).filter(|it| it.command == ancestor.command) {
            Some(parent) => ancestor = parent,
            None => break,
        }
    }
    let recording = SystemTime::UNIX_EPOCH + Duration::from_nanos(profile.timing.started_ns);
    let since = Duration::try_from_secs_f64(ancestor.first_seen).ok()?;
    (profile.timing.started_ns > 0 && !since.is_zero()).then(|| recording + since)
}

fn of_id(profile: &Profile, pid: u32) -> Option<&Process> {
    profile.processes.iter().find(|process| process.pid == pid)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::profile::{Count, Location, Stack, Target, Thread, Timing};
    use crate::sample::{Code, State};

    const STARTED: u64 = 1_000_000_000_000;

    /// A program of process 1, and what it started later: its parent, its command, and when it was seen.
    fn family(children: &[(u32, u32, &str, f64)]) -> Profile {
        let file = Untrusted::new("/srv/etl.py");
        let process = |&(pid, parent, command, first_seen): &(u32, u32, &str, f64)| Process {
            pid,
            parent,
            command: Untrusted::new(command),
            first_seen,
            ..Process::default()
        };
        let processes: Vec<Process> =
            [(1, 0, "sh nightly.sh", 0.0)].iter().chain(children).map(process).collect();
        let thread = |process: &Process| Thread { pid: process.pid, ..Thread::default() };
        let last = processes.len() as u32 - 1;
        Profile {
            target: Target { pid: 1, ..Target::default() },
            timing: Timing { started_ns: STARTED, ..Timing::default() },
            threads: processes.iter().map(thread).collect(),
            processes,
            locations: vec![Location {
                code: Arc::new(Code { name: Untrusted::new("f"), file, first_line: 1 }),
                place: advisors::Place::line(2),
            }],
            stacks: vec![Stack { locations: vec![0] }],
            counts: vec![Count {
                stack: 0,
                thread: last,
                task: None,
                state: State::default(),
                samples: 9,
            }],
            ..Profile::default()
        }
    }

    fn seconds(profile: &Profile) -> u64 {
        let program = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
        let began = began(profile, &Untrusted::new("/srv/etl.py"), program);
        began.duration_since(SystemTime::UNIX_EPOCH).expect("later").as_secs()
    }

    #[test]
    fn what_a_child_runs_was_not_loaded_before_it_began() {
        assert_eq!(seconds(&family(&[])), 7, "the program itself");
        assert_eq!(seconds(&family(&[(2, 1, "python etl.py", 2.0)])), 1_002);
        let workers = [(2, 1, "python etl.py", 2.0), (3, 2, "python etl.py", 5.0)];
        assert_eq!(seconds(&family(&workers)), 1_002, "a fork has what its parent loaded");
        let spawned = [(2, 1, "python etl.py", 2.0), (3, 2, "python -c spawn_main", 5.0)];
        assert_eq!(seconds(&family(&spawned)), 1_005);
        assert_eq!(seconds(&family(&[(2, 1, "sh nightly.sh", 2.0)])), 7, "a fork of the program");
        assert_eq!(seconds(&family(&[(2, 1, "python etl.py", 0.0)])), 7, "there from the first");
    }
}
