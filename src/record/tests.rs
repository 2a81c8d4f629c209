use std::sync::Arc;
use std::time::Duration;

use advisors::Place;

use super::{Facts, Recorder};
use crate::profile::{Distinct, Lengths};
use crate::sample::{Code, Frame, Operand, Sample, State, Sweep, TOO_FAST, Value};
use crate::text::Untrusted;

fn code(name: &str) -> Arc<Code> {
    Arc::new(Code { name: Untrusted::new(name), file: Untrusted::new("etl.py"), first_line: 1 })
}

fn frame(code: &Arc<Code>, line: u32) -> Frame {
    Frame { code: code.clone(), place: Place::line(line) }
}

fn sample(frames: Vec<Frame>) -> Sample {
    let state = State { on_cpu: true, holds_gil: true, ..State::default() };
    Sample::new(7, state, frames)
}

fn sweep(samples: Vec<Sample>) -> Sweep {
    Sweep { samples, ..Sweep::default() }
}

fn length_of(name: &str, length: u64, weight: u32) -> Operand {
    Operand {
        expression: Untrusted::new(name),
        type_name: Untrusted::new("list"),
        length: Some(length),
        depth: 0,
        weight,
        ..Operand::default()
    }
}

#[test]
fn equal_stacks_are_counted_and_not_stored_again() {
    let mut recorder = Recorder::default();
    // The same function read twice, as from two processes: equal, but not the same object.
    let (main, leaf, leaf_again) = (code("main"), code("leaf"), code("leaf"));
    recorder.add(1, 0.0, sweep(vec![sample(vec![frame(&leaf, 3), frame(&main, 9)])]));
    recorder.add(1, 0.0, sweep(vec![sample(vec![frame(&leaf_again, 3), frame(&main, 9)])]));
    recorder.add(1, 0.0, sweep(vec![sample(vec![frame(&main, 9)])]));
    assert_eq!(recorder.samples(), 3);
    let profile = recorder.finish(Facts::default());
    assert_eq!(profile.locations.len(), 2);
    assert_eq!(profile.stacks.len(), 2);
    assert_eq!(profile.counts.iter().map(|c| c.samples).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn states_and_threads_are_kept_apart() {
    let mut recorder = Recorder::default();
    let main = code("main");
    let mut idle = sample(vec![frame(&main, 1)]);
    idle.state = State::default();
    recorder.add(1, 0.0, sweep(vec![idle, sample(vec![frame(&main, 1)])]));
    recorder.add(2, 0.0, sweep(vec![sample(vec![frame(&main, 1)])]));
    let profile = recorder.finish(Facts::default());
    assert_eq!(profile.samples(), 3);
    assert_eq!(profile.busy_samples(), 2);
    assert_eq!(profile.threads.len(), 2);
}

#[test]
fn losses_are_carried_into_the_profile() {
    let mut recorder = Recorder::default();
    let mut cut = sample(vec![frame(&code("main"), 1)]);
    cut.truncated = true;
    recorder.add(1, 0.0, Sweep { samples: vec![cut], torn: 2, unreadable: 3, ..Sweep::default() });
    assert_eq!(recorder.lost(), 5);
    let timing = recorder.finish(Facts::default()).timing;
    assert_eq!((timing.torn, timing.unreadable, timing.truncated), (2, 3, 1));
}

#[test]
fn the_median_length_is_that_of_the_samples_not_of_the_looks() {
    let mut recorder = Recorder::default();
    let main = code("main");
    // Looks grow rarer: three early ones stand for a sample each, the last for a hundred.
    for (length, weight) in [(10, 1), (20, 1), (30, 1), (5_000, 100)] {
        let mut seen = sample(vec![frame(&main, 4)]);
        seen.operands.push(length_of("seen", length, weight));
        recorder.add(1, 0.0, sweep(vec![seen]));
    }
    let profile = recorder.finish(Facts::default());
    let [operand] = &profile.operands[..] else { panic!("{:?}", profile.operands) };
    assert_eq!(operand.observations, 4);
    let expected = Lengths { min: 10, median: 5_000, max: 5_000, first: 10, last: 5_000 };
    assert_eq!(operand.lengths, Some(expected));
}

#[test]
fn an_operand_of_a_caller_is_filed_under_the_callers_place() {
    let mut recorder = Recorder::default();
    let (main, leaf) = (code("main"), code("leaf"));
    let mut seen = sample(vec![frame(&leaf, 3), frame(&main, 9)]);
    seen.operands.push(Operand { depth: 1, ..length_of("rows", 5, 1) });
    seen.operands.push(Operand { depth: 2, ..length_of("beyond", 5, 1) });
    recorder.add(1, 0.0, sweep(vec![seen]));
    let profile = recorder.finish(Facts::default());
    let [operand] = &profile.operands[..] else { panic!("{:?}", profile.operands) };
    assert_eq!(profile.locations[operand.location as usize].code.name, Untrusted::new("main"));
}

#[test]
fn pauses_are_summed_and_the_longest_is_kept() {
    let mut recorder = Recorder::default();
    for (pid, micros) in [(1, 300), (2, 900), (1, 0), (1, 200)] {
        let stopped = Duration::from_micros(micros);
        recorder.add(pid, 0.0, Sweep { stopped, ..sweep(Vec::new()) });
    }
    let timing = recorder.finish(Facts::default()).timing;
    assert_eq!((timing.stopped_seconds, timing.longest_stop), (0.0014, 0.0009));
}

#[test]
fn the_arguments_of_all_calls_of_a_function_are_filed_under_its_definition() {
    let mut recorder = Recorder::default();
    let main = code("main");
    let values = [Value::Digest(5), Value::Digest(5), Value::Digest(6), Value::Outrun];
    for (line, value) in (4..).zip(values) {
        let mut seen = sample(vec![frame(&main, line)]);
        seen.operands.push(Operand { value: Some(value), ..length_of("(a, b)", 2, 1) });
        recorder.add(1, 0.0, sweep(vec![seen]));
    }
    let profile = recorder.finish(Facts::default());
    let [operand] = &profile.operands[..] else { panic!("{:?}", profile.operands) };
    assert_eq!(operand.distinct, Some(Distinct { calls: 4, values: 3 }));
    assert_eq!(profile.locations[operand.location as usize].place, Place::line(1));
}

#[test]
fn of_strings_in_a_container_those_that_others_refer_to_are_counted_and_not_compared() {
    let mut recorder = Recorder::default();
    let main = code("main");
    let mut seen = sample(vec![frame(&main, 4)]);
    for value in [Value::Digest(5), Value::Shared, Value::Digest(5), Value::Shared] {
        seen.operands.push(Operand { value: Some(value), ..length_of("cities[*]", 7, 1) });
    }
    recorder.add(1, 0.0, sweep(vec![seen]));
    let profile = recorder.finish(Facts::default());
    let [operand] = &profile.operands[..] else { panic!("{:?}", profile.operands) };
    assert_eq!(operand.distinct, Some(Distinct { calls: 2, values: 1 }));
    assert_eq!(operand.observations, 4);
}

#[test]
fn memory_grows_while_what_was_seen_ran() {
    let mut recorder = Recorder::default();
    let unseen = Arc::new(Code {
        name: Untrusted::new(TOO_FAST),
        file: Untrusted::default(),
        first_line: 0,
    });
    recorder.look_at_memory(1, 0.0, 0, 0);
    recorder.add(1, 0.0, sweep(vec![sample(vec![frame(&unseen, 0), frame(&code("main"), 9)])]));
    recorder.look_at_memory(1, 1.0, 4_096, 4_096);
    let profile = recorder.finish(Facts::default());
    let [growth] = &profile.memory[0].growth[..] else { panic!("{:?}", profile.memory) };
    let location = &profile.locations[growth.location.expect("a place") as usize];
    assert_eq!((location.code.name.data(), growth.bytes), ("main", 4_096));
    assert_eq!(profile.cut_samples(), 1);
}
