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

/// When a process began, or what it was forked from, which may have loaded what it runs; `None` of the
/// program itself and its forks where it was not seen to turn into another, and of what is not known.
fn of_process(profile: &Profile, pid: u32) -> Option<SystemTime> {
    let process = of_id(profile, pid)?;
    let mut ancestor = process;
    for _ in &profile.processes {
        if ancestor.pid == profile.target.pid {
            break;
        }
        match of_id(profile, ancestor.parent).filter(|it| it.command == ancestor.command) {
            Some(parent) => ancestor = parent,
            None => break,
        }
    }
    if ancestor.began_ns > 0 {
        return Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(ancestor.began_ns));
    }
    if ancestor.pid == profile.target.pid {
        return None;
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

    #[test]
    fn what_is_known_of_a_process_itself_goes_before_when_it_was_seen() {
        let told = |index: usize, at: u64, children: &[(u32, u32, &str, f64)]| {
            let mut profile = family(children);
            profile.processes[index].began_ns = at * 1_000_000_000;
            seconds(&profile)
        };
        assert_eq!(told(0, 9, &[]), 9, "the program has turned into another");
        let present = [(2, 1, "python etl.py", 0.0)];
        assert_eq!(told(1, 900, &present), 900, "it was there from the first");
        let workers = [(2, 1, "python etl.py", 0.0), (3, 2, "python etl.py", 5.0)];
        assert_eq!(told(1, 900, &workers), 900, "a fork has what its parent loaded");
    }
}
