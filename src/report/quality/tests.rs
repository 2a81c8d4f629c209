//! Reports of recordings that are good, and of such as are not.

use super::*;
use crate::profile::{Count, Stack, Target, Thread};
use crate::report::names;
use crate::sample::State;

#[test]
fn every_python_of_the_run_is_named_and_for_which_the_advice_is() {
    let process =
        |pid, minor| Process { pid, python: Some(Python::new(3, minor)), ..Process::default() };
    let count = |thread| Count { stack: 0, thread, task: None, state: State::IDLE, samples: 9 };
    let profile = Profile {
        target: Target { pid: 7, python: Some(Python::new(3, 12)), ..Target::default() },
        processes: vec![Process { pid: 7, ..Process::default() }, process(8, 12), process(9, 8)],
        threads: [8, 9].map(|pid| Thread { pid, tid: pid, name: None }).to_vec(),
        counts: [0, 1].map(count).to_vec(),
        ..Profile::default()
    };
    let headline = names::recorded(&profile).terminal();
    assert_eq!(headline, "python, CPython 3.12.0 and CPython 3.8.0, pid 7");
    let expected = "Part of the run was on CPython 3.8.0 (only its lines are known). Advice is \
                    that for CPython 3.12.0.";
    assert_eq!(other_pythons(&profile).as_deref(), Some(expected));
}

#[test]
fn what_short_children_computed_is_what_nobody_else_is_known_to_have() {
    let process = |pid, parent, cpu_seconds, ended_seconds| Process {
        pid,
        parent,
        cpu_seconds,
        ended_seconds,
        ..Process::default()
    };
    let with = |processes| ended_seconds(&Profile { processes, ..Profile::default() });
    assert_eq!(with(vec![process(7, 1, 0.1, 2.0)]), 2.0);
    assert_eq!(with(vec![process(7, 1, 0.1, 2.0), process(8, 7, 1.5, 0.4)]), 0.5);
    assert_eq!(with(vec![process(7, 1, 0.1, 2.0), process(8, 7, 9.0, 0.0)]), 0.0);
}

#[test]
fn a_sweep_that_could_not_look_is_not_said_to_have_met_nothing() {
    let timing = |blind| Timing { sweeps: 100, torn: 20, blind, ..Timing::default() };
    let without = |blind| without_python(&Profile { timing: timing(blind), ..Profile::default() });
    assert_eq!([0, 50, 90].map(without), [80, 30, 0]);
}

#[test]
fn stacks_that_are_too_deep_are_told_for_what_they_are() {
    let timing = Timing { sweeps: 100, unreadable: 1_200, too_deep: 1_200, ..Timing::default() };
    let profile = Profile { timing, ..Profile::default() };
    let expected = "1,200 looks at threads found a stack of more than 4,096 frames, of which nothing \
                    can be read of CPython 3.10 and earlier: what such threads did is not in the \
                    shares. CPython 3.11 and later show it.";
    assert!(warnings(&profile).iter().any(|it| it == expected), "{:?}", warnings(&profile));
    assert_eq!(too_deep(&Profile::default()), None);
    let count = Count { stack: 0, thread: 0, task: None, state: State::IDLE, samples: 900 };
    let stacks = vec![Stack { locations: Vec::new() }];
    let waiting = Profile { counts: vec![count], stacks, ..profile };
    let expected = "no busy thread was seen, but some have stacks that are too deep to be read";
    assert_eq!(why_nothing(&waiting, &Advice::default()), expected);
}

#[test]
fn processes_for_which_no_file_could_be_opened_are_told_of() {
    let timing = Timing { sweeps: 100, unopened: 1, unread: 2, ..Timing::default() };
    let profile = Profile { timing, ..Profile::default() };
    let facts = facts(&profile).join("; ");
    assert!(
        facts.contains("2 processes that could not be read; 1 process not sampled for"),
        "{facts}"
    );
    let expected = "1 process was not sampled, since unslow may not open more files; start it where it \
                    may, with: ulimit -n 1024";
    assert!(warnings(&profile).iter().any(|it| it == expected), "{:?}", warnings(&profile));
}
