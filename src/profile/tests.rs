//! The file against varied, damaged, oversized and foreign profiles.

mod foreign;
mod random;

use std::sync::Arc;

use advisors::{Place, Python};
use prost::Message;
use random::Random;

use super::file::{self, ProfileError};
use super::pprof as pb;
use super::*;
use crate::limits;
use crate::sample::Collector;

#[test]
fn what_is_written_is_read() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..500 {
        let profile = random.profile();
        let bytes = file::write(&profile).unwrap();
        assert_eq!(file::read(&bytes).unwrap(), profile, "round {round}");
        assert_eq!(file::write(&profile).unwrap(), bytes, "round {round}");
    }
}

#[test]
fn samples_say_whose_child_their_process_is() {
    let thread = |pid| Thread { pid, tid: pid + 1, name: Some(Untrusted::new("feeder")) };
    let count =
        |thread| Count { stack: 0, thread, task: None, state: State::default(), samples: 1 };
    let profile = Profile {
        processes: vec![Process { pid: 20, parent: 10, ..Process::default() }],
        threads: vec![thread(20), thread(30)],
        stacks: vec![Stack::default()],
        counts: vec![count(0), count(1)],
        ..Profile::default()
    };
    let message = super::encode::message(&profile);
    let labels = |sample: usize| -> Vec<(&str, i64, &str)> {
        let text = |index: i64| message.string_table[index as usize].as_str();
        let labels = message.sample[sample].label.iter();
        labels.map(|label| (text(label.key), label.num, text(label.str))).collect()
    };
    let own = [("pid", 20, ""), ("parent pid", 10, ""), ("thread id", 21, "")];
    assert_eq!(labels(0)[..4], [&own[..], &[("thread name", 0, "feeder")]].concat());
    assert_eq!(labels(1)[..2], [("pid", 30, ""), ("thread id", 31, "")], "its parent is unknown");
}

#[test]
fn a_cut_file_is_refused_at_every_length() {
    let bytes = file::write(&Random(7).profile()).unwrap();
    for length in 0..bytes.len() {
        let error = file::read(&bytes[..length]).unwrap_err();
        match length {
            0 => assert!(matches!(error, ProfileError::Empty), "{error}"),
            1 => assert!(matches!(error, ProfileError::NotAProfile), "{error}"),
            _ => assert!(matches!(error, ProfileError::Truncated), "{length}: {error}"),
        }
    }
}

#[test]
fn a_damaged_message_is_read_or_refused_and_never_more() {
    let mut random = Random(11);
    let mut refused = 0;
    for _ in 0..30 {
        let message = encode::message(&random.profile()).encode_to_vec();
        for at in 0..message.len() {
            let mut damaged = message.clone();
            damaged[at] ^= 1 << random.below(8);
            refused += u32::from(decode::profile(&damaged).is_err());
            refused += u32::from(decode::profile(&damaged[..at]).is_err());
        }
    }
    assert!(refused > 1000, "{refused}");
}

fn sound() -> pb::Profile {
    let mut random = Random(3);
    let complete = |profile: &Profile| {
        let parts = [
            profile.counts.len(),
            profile.operands.len(),
            profile.processes.len(),
            profile.stalls.len(),
            profile.awaits.len(),
        ];
        let slices = profile.timeline.iter().flat_map(|it| &it.slices);
        let in_order = slices.filter(|slice| !slice.parts.is_empty()).count() > 1;
        in_order
            && parts.iter().all(|&length| length > 0)
            && !profile.stacks[0].locations.is_empty()
    };
    let mut profiles = std::iter::repeat_with(|| random.profile());
    encode::message(&profiles.find(complete).unwrap())
}

/// A slice of time in which something was seen.
fn seen(message: &mut pb::Profile) -> &mut pb::TimeSlice {
    message.time_slice.iter_mut().find(|slice| !slice.thread.is_empty()).unwrap()
}

#[test]
fn every_index_is_checked() {
    type Damage = (&'static str, fn(&mut pb::Profile));
    let damages: [Damage; 36] = [
        ("a text that is not in its table", |p| p.function[0].name = 1 << 40),
        ("a text that is not in its table", |p| p.function[0].filename = -1),
        ("a text that is not in its table", |p| p.operand[0].expression = i64::MAX),
        ("a text that is not in its table", |p| p.sample[0].label[0].key = 9999),
        ("a location that is not there", |p| p.sample[0].location_id = vec![0]),
        ("a location that is not there", |p| p.sample[0].location_id = vec![u64::MAX]),
        ("a location without its function", |p| p.location[0].line[0].function_id = 0),
        ("a location without its function", |p| p.location[0].line.clear()),
        ("its locations are not in order", |p| p.location[0].id = 2),
        ("its locations are not in order", |p| p.function[0].id = 0),
        ("a line or column out of range", |p| p.location[0].line[0].line = -1),
        ("a stack that is not there", |p| p.sample[0].stack = u32::MAX),
        ("a thread that is not there", |p| p.sample[0].thread = Some(u32::MAX)),
        ("an operand of a location that is not there", |p| p.operand[0].location = u32::MAX),
        ("a stall of what is not there", |p| p.stall[0].location = u32::MAX),
        ("a stall of what is not there", |p| p.stall[0].task = Some(u32::MAX)),
        ("an await at what is not there", |p| p.awaits[0].location = u32::MAX),
        ("a slice of time of what is not there", |p| seen(p).thread[0] = u32::MAX),
        ("a slice of time of what is not there", |p| seen(p).stack[0] = u32::MAX),
        ("a slice of time with a column cut short", |p| seen(p).samples.clear()),
        ("a slice of time with a column cut short", |p| seen(p).state.push(1)),
        ("a slice of time with a column cut short", |p| seen(p).thread.clear()),
        ("a moment that cannot be", |p| p.time_slice[1].index = p.time_slice[0].index),
        ("a moment that cannot be", |p| p.time_slice.reverse()),
        ("a moment that cannot be", |p| {
            p.time_slice.last_mut().unwrap().index = limits::TIME_SLICES as u32;
        }),
        ("a moment that cannot be", |p| p.timeline.as_mut().unwrap().slice_seconds = f64::NAN),
        ("a moment that cannot be", |p| p.timeline.as_mut().unwrap().slice_seconds = 0.0),
        ("a stack is missing", |p| {
            p.sample[0].stack = 1;
            p.sample.push(p.sample[0].clone());
        }),
        ("a task that is not there", |p| p.sample[0].task = Some(u32::MAX)),
        ("a sample without its count", |p| p.sample[0].value.clear()),
        ("it does not say whom it is of", |p| p.target = None),
        ("a Python version out of range", |p| {
            let python = pb::Python { major: 256, ..Default::default() };
            p.target.as_mut().unwrap().python = Some(python);
        }),
        ("expressions of places that are not there", |p| {
            let places = vec![u32::MAX];
            p.source =
                vec![pb::Source { locations: places, fingerprints: vec![1], ..Default::default() }];
        }),
        ("a look at memory without its time", |p| {
            p.memory = vec![pb::Memory { resident: vec![1], ..Default::default() }];
        }),
        ("memory of a location that is not there", |p| {
            let growth = pb::Growth { location: Some(u32::MAX), ..Default::default() };
            p.memory = vec![pb::Memory { growth: vec![growth], ..Default::default() }];
        }),
        ("a stack deeper than any", |p| p.sample[0].location_id = vec![1; limits::FRAMES + 1]),
    ];
    decode::profile(&sound().encode_to_vec()).unwrap();
    for (index, (what, damage)) in damages.into_iter().enumerate() {
        let mut message = sound();
        // A stack that is told by an earlier sample is not read again.
        message.sample.truncate(1);
        message.sample[0].stack = 0;
        message.time_slice.iter_mut().for_each(|slice| slice.stack.fill(0));
        damage(&mut message);
        let error = decode::profile(&message.encode_to_vec()).unwrap_err();
        let ProfileError::Corrupt(said) = error else { panic!("{index}: {error}") };
        assert_eq!(said, what, "{index}");
    }
    let endless = ([0xff; 11].as_slice(), "a number of more than 64 bits");
    let senseless = ([0x12, 1, 0x0f].as_slice(), "an entry that cannot be decoded");
    for (bytes, what) in [endless, senseless] {
        let error = decode::profile(bytes).unwrap_err();
        assert_eq!(error.to_string(), format!("the profile is damaged: {what}"));
    }
}

#[test]
fn too_much_is_refused() {
    let bomb = file::compress(&vec![0; 100_000]).unwrap();
    assert!(bomb.len() < 1000);
    assert!(matches!(file::decompress(&bomb, 99_999), Err(ProfileError::TooLarge)));
    assert!(file::decompress(&bomb, 100_000).is_ok());

    const EMPTY_TEXT: [u8; 2] = [6 << 3 | 2, 0];
    let many = EMPTY_TEXT.repeat(limits::PROFILE_ENTRIES + 1);
    assert!(matches!(decode::profile(&many), Err(ProfileError::TooLarge)));

    // More than there can be, within the bounds of one slice.
    let slice =
        pb::TimeSlice { thread: vec![0; limits::PROFILE_ENTRY_BYTES / 2], ..Default::default() };
    let slices = pb::Profile { time_slice: vec![slice; 3], ..Default::default() };
    assert!(matches!(decode::profile(&slices.encode_to_vec()), Err(ProfileError::TooLarge)));

    let mut long = pb::Profile::default();
    long.string_table.push("x".repeat(limits::PROFILE_ENTRY_BYTES + 1));
    assert!(matches!(decode::profile(&long.encode_to_vec()), Err(ProfileError::TooLarge)));
}

#[test]
fn what_is_no_profile_is_told_from_what_is_too_new() {
    let not = |bytes: &[u8]| matches!(file::read(bytes), Err(ProfileError::NotAProfile));
    assert!(not(b"\n") && not(b"{\"findings\": []}"));
    assert!(not(&file::compress(b"").unwrap()));
    let other = file::read(&file::compress(b"some text that was compressed").unwrap());
    assert!(other.is_err());
    let mut message = sound();
    message.extension_version += 1;
    assert!(matches!(decode::profile(&message.encode_to_vec()), Err(ProfileError::Newer)));
}

#[test]
fn a_recording_from_before_order_was_kept_has_none() {
    let mut message = sound();
    message.timeline = None;
    assert_eq!(decode::profile(&message.encode_to_vec()).unwrap().timeline, None);
    // Bits of a state that is not known yet.
    let mut message = sound();
    let known = seen(&mut message).state[0];
    let read = |message: &pb::Profile| decode::profile(&message.encode_to_vec()).unwrap().timeline;
    let before = read(&message);
    seen(&mut message).state[0] = known | 1 << 20;
    assert!(before.is_some() && read(&message) == before);
}

#[test]
fn a_stall_from_before_computing_was_told_apart_is_read() {
    // Its location, count, seconds in all, the longest and its task.
    let told = "08 02 10 03 19 000000000000d03f 21 000000000000c03f 28 01".replace(' ', "");
    let byte = |at: usize| u8::from_str_radix(&told[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..told.len()).step_by(2).map(byte).collect();
    let message = pb::Stall::decode(&bytes[..]).unwrap();
    let (total, longest, task) = (0.25, 0.125, Some(1));
    let stall = Stall { location: 2, count: 3, total, longest, task, computed: None };
    assert_eq!(Stall::read(&message, 3, 2).unwrap(), stall);
    assert_eq!(pb::Stall::from(&stall).encode_to_vec(), bytes);
}

#[test]
fn what_was_busy_at_once_is_busy_time_and_no_time_of_the_run() {
    let seen = |busy: u64, sweeps: u64, at_once: u64| {
        let mut profile = Profile::default();
        let state = State { on_cpu: true, ..State::default() };
        profile.counts.push(Count { stack: 0, thread: 0, task: None, state, samples: busy });
        profile.timing = Timing { sweeps, at_once, seconds: 10.0, ..Timing::default() };
        (profile.is_parallel(), profile.run_samples(), profile.busy_seconds())
    };
    // Two workers for a while, and then a wait.
    assert_eq!(seen(800, 1000, 400), (true, 800, 8.0));
    assert_eq!(seen(800, 1000, 40), (false, 1000, 8.0));
    // Two threads that mostly wait, and met by chance.
    assert_eq!(seen(62, 400, 4), (false, 400, 1.55));
    // Of recordings in which that was not counted yet.
    assert_eq!(seen(1600, 1000, 0), (true, 1600, 16.0));
    assert_eq!(seen(0, 1000, 0), (false, 1000, 0.0));
}

#[test]
fn torn_samples_are_not_taken_for_idle_time() {
    for ((busy, torn, sweeps), run) in [
        ((600, 0, 600), 600),
        ((60, 0, 600), 600),
        ((60, 540, 600), 60),
        ((30, 30, 600), 300),
        ((400, 400, 400), 400),
        ((0, 5, 600), 600),
        ((0, 0, 0), 0),
    ] {
        assert_eq!(run_samples(busy, torn, sweeps), run, "{busy} busy, {torn} torn of {sweeps}");
    }
}
