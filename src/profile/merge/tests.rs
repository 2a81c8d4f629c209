use std::sync::Arc;

use advisors::{Place, Python};

use super::*;
use crate::profile::{
    ExpressionSeen, Lengths, Location, Part, Process, Slice, SourceSeen, Target, Thread, Timeline,
    Timing,
};
use crate::sample::{Code, State};

fn location(line: u32) -> Location {
    let code = Code { name: Untrusted::new("f"), file: Untrusted::new("etl.py"), first_line: 1 };
    Location { code: Arc::new(code), place: Place::line(line) }
}

/// A recording whose samples stand on these lines.
fn recording(pid: u32, lines: &[(u32, u64)]) -> Profile {
    let state = State { on_cpu: true, ..State::default() };
    let samples = lines.iter().map(|line| line.1).sum();
    let counts = (0..).zip(lines).map(|(stack, &(_, samples))| Count {
        stack,
        thread: 0,
        task: None,
        state,
        samples,
    });
    let expressions = (0..)
        .zip(lines)
        .map(|(location, &(line, _))| ExpressionSeen { location, fingerprint: line.into() });
    let lengths = Lengths { min: 1, median: 5, max: 9, first: 1, last: 9 };
    Profile {
        target: Target { pid, python: Some(Python::new(3, 13)), ..Target::default() },
        timing: Timing {
            seconds: samples as f64 / 100.0,
            rate_hz: 100.0,
            sweeps: samples,
            ..Timing::default()
        },
        processes: vec![Process { pid, observations: 4, last_seen: 1.0, ..Process::default() }],
        threads: vec![Thread { pid, tid: pid, name: None }],
        locations: lines.iter().map(|&(line, _)| location(line)).collect(),
        stacks: (0..lines.len() as u32).map(|id| Stack { locations: vec![id] }).collect(),
        counts: counts.collect(),
        operands: vec![OperandSeen {
            location: 0,
            expression: Untrusted::new("seen"),
            type_name: Untrusted::new("list"),
            observations: 3,
            lengths: Some(lengths),
            elements: Vec::new(),
            distinct: None,
            footprint: None,
        }],
        sources: vec![SourceSeen {
            file: Untrusted::new("etl.py"),
            bytes: 10,
            checksum: 7,
            expressions: expressions.collect(),
        }],
        ..Profile::default()
    }
}

/// Samples by line.
fn by_line(profile: &Profile) -> Vec<(u32, u64)> {
    let line = |count: &Count| {
        let leaf = profile.frames(count.stack).next().expect("a frame");
        (leaf.place.line, count.samples)
    };
    let mut lines: Vec<_> = profile.counts.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn samples_of_the_same_place_are_added_and_others_kept() {
    let mut sum = recording(7, &[(1, 60), (2, 40)]);
    sum.append(recording(7, &[(3, 10), (2, 90)])).expect("they go together");
    assert_eq!(by_line(&sum), [(1, 60), (2, 130), (3, 10)]);
    assert_eq!((sum.timing.seconds, sum.timing.sweeps), (2.0, 200));
    assert_eq!((sum.threads.len(), sum.locations.len(), sum.target.pid), (1, 3, 7));
    assert_eq!((sum.processes[0].observations, sum.processes[0].last_seen), (8, 2.0));
    let places: Vec<u32> = sum.operands.iter().map(|it| it.location).collect();
    assert_eq!(places, [0, 2], "one of the first recording, one of the second");
    let fingerprint = |it: &ExpressionSeen| {
        u64::from(sum.locations[it.location as usize].place.line) == it.fingerprint
    };
    assert_eq!(sum.sources[0].expressions.len(), 3);
    assert!(sum.sources[0].expressions.iter().all(fingerprint));
    let written = crate::profile::file::write(&sum).expect("a file");
    assert_eq!(crate::profile::file::read(&written).expect("readable"), sum);
}

#[test]
fn a_recording_with_itself_is_twice_itself() {
    let one = recording(7, &[(1, 60), (2, 40)]);
    let mut sum = one.clone();
    sum.append(one.clone()).expect("they go together");
    assert_eq!(by_line(&sum), [(1, 120), (2, 80)]);
    assert_eq!((sum.locations, sum.stacks, sum.sources), (one.locations, one.stacks, one.sources));
    assert_eq!(sum.operands[0].observations, 6);
}

#[test]
fn what_ran_in_two_recordings_ran_one_after_the_other() {
    let in_order = |pid, lines: &[(u32, u64)], slice_seconds| {
        let mut profile = recording(pid, lines);
        let state = profile.counts[0].state;
        let part = |stack| Part { thread: 0, stack, state, samples: 10 };
        let slice = |index| Slice { index, parts: vec![part(Some(index % 2)), part(None)] };
        profile.timeline = Some(Timeline { slice_seconds, slices: (0..4).map(slice).collect() });
        profile
    };
    let mut sum = in_order(7, &[(1, 60), (2, 40)], 0.25);
    sum.append(in_order(8, &[(3, 10), (2, 90)], 0.25)).expect("they go together");
    let timeline = sum.timeline.as_ref().expect("both have one");
    assert_eq!(timeline.slice_seconds, 0.25);
    let line = |part: &Part| part.stack.map(|stack| sum.frames(stack).next().unwrap().place.line);
    let seen = |slice: &Slice, part: &Part| {
        (slice.index, sum.threads[part.thread as usize].pid, line(part))
    };
    let slices = timeline.slices.iter();
    let told: Vec<(u32, u32, Option<u32>)> =
        slices.flat_map(|it| it.parts.iter().map(|part| seen(it, part))).collect();
    let wanted = [(7, 1), (7, 2), (7, 1), (7, 2), (8, 3), (8, 2), (8, 3), (8, 2)];
    let wanted =
        (0..).zip(wanted).flat_map(|(at, (pid, line))| [(at, pid, None), (at, pid, Some(line))]);
    assert_eq!(told, wanted.collect::<Vec<_>>());
    let written = crate::profile::file::write(&sum).expect("a file");
    assert_eq!(crate::profile::file::read(&written).expect("readable"), sum);
    sum.append(recording(7, &[(1, 60)])).expect("they go together");
    assert_eq!(sum.timeline, None, "half an order is none");
}

#[test]
fn processes_of_different_ids_are_kept_apart() {
    let mut sum = recording(7, &[(1, 60)]);
    sum.append(recording(8, &[(1, 40)])).expect("they go together");
    assert_eq!((sum.target.pid, sum.processes.len(), sum.threads.len()), (0, 2, 2));
    assert_eq!(by_line(&sum), [(1, 40), (1, 60)]);
}

#[test]
fn what_does_not_go_together_is_refused_and_changes_nothing() {
    let one = recording(7, &[(1, 60)]);
    let refused = |other: Profile| {
        let mut sum = one.clone();
        let error = sum.append(other).expect_err("refused");
        assert_eq!(sum, one);
        error.to_string()
    };
    let mut other = one.clone();
    other.target.python = Some(Python::new(3, 11));
    assert!(refused(other).starts_with("one ran on CPython 3.13"));
    let mut other = one.clone();
    other.timing.rate_hz = 1000.0;
    assert_eq!(refused(other), "they were sampled at different rates: 100 and 1000 a second");
    let mut other = one.clone();
    other.sources[0].checksum = 8;
    assert_eq!(refused(other), "etl.py was changed between them");
}

#[test]
fn what_two_callbacks_computed_is_still_what_two_did() {
    let merged = |one: (u64, Option<f64>), later: (u64, Option<f64>)| {
        let stall = |(count, computed)| Stall { count, computed, ..Stall::default() };
        let mut sum = stall(one);
        sums::stall(&mut sum, stall(later));
        sum.computed
    };
    assert_eq!(merged((1, Some(0.3)), (1, Some(0.2))), Some(0.2));
    assert_eq!(merged((1, Some(0.9)), (5, Some(0.2))), Some(0.2));
    assert_eq!(merged((5, Some(0.2)), (1, Some(0.9))), Some(0.2));
    assert_eq!(merged((5, Some(0.2)), (3, Some(0.4))), Some(0.4));
    assert_eq!(merged((5, None), (3, Some(0.4))), Some(0.4));
}

#[test]
fn a_recording_is_known_again() {
    let began = |pid, started_ns, samples| {
        let mut profile = Profile {
            counts: vec![Count { stack: 0, thread: 0, task: None, state: State::IDLE, samples }],
            ..Profile::default()
        };
        profile.stacks.push(Stack::default());
        (profile.target.pid, profile.timing.started_ns) = (pid, started_ns);
        Fingerprint::of(&profile)
    };
    assert!(began(7, 100, 5).is_of_same(&began(7, 100, 4)), "one instant of one process");
    assert!(!began(7, 100, 5).is_of_same(&began(8, 100, 5)), "its sibling");
    assert!(!began(7, 100, 5).is_of_same(&began(7, 200, 5)), "later");
    assert!(began(0, 0, 5).is_of_same(&began(0, 0, 5)), "of another tool");
    assert!(!began(0, 0, 5).is_of_same(&began(0, 0, 6)));
}

#[test]
fn only_recordings_of_one_program_and_tool_go_together() {
    let one = recording(7, &[(1, 60)]);
    let mut other = recording(8, &[(1, 60)]);
    other.timing.sweeps = 0;
    assert_eq!(one.clone().append(other), Err(MergeError::Losses));
    let named = |name: &str, file: &str| {
        let mut profile = recording(8, &[(1, 60)]);
        let (name, file) = (Untrusted::new(name), Untrusted::new(file));
        profile.locations[0].code = Arc::new(Code { name, file, first_line: 1 });
        profile
    };
    assert_eq!(one.clone().append(named("serve", "web.py")), Err(MergeError::Program));
    let with_unseen = |mut profile: Profile| {
        let mut unseen = location(0);
        let (name, file) = (Untrusted::new(crate::sample::TOO_FAST), Untrusted::default());
        unseen.code = Arc::new(Code { name, file, first_line: 0 });
        profile.locations.push(unseen);
        profile
    };
    let (mut unrelated, other) = (with_unseen(one.clone()), with_unseen(named("serve", "web.py")));
    assert_eq!(
        unrelated.append(other),
        Err(MergeError::Program),
        "what was not seen is no function"
    );
    let elsewhere = named("f", "/srv/2/etl.py");
    assert_eq!(one.clone().append(elsewhere), Ok(()));
}
