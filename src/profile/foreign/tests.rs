//! Recordings of other tools, made here, and what nobody would record.

use advisors::Python;

use super::super::file::{ProfileError, read};
use super::super::{Count, Profile};
use crate::limits;
use crate::sample::{FRAMES_LEFT_OUT, State};

const RECORDINGS: [(&str, &[u8]); 5] = [
    ("py-spy", include_bytes!("../../../tests/cli/programs/recordings/py-spy.folded")),
    (
        "py-spy -t -s",
        include_bytes!("../../../tests/cli/programs/recordings/py-spy-threads.folded"),
    ),
    ("py-spy", include_bytes!("../../../tests/cli/programs/recordings/py-spy.speedscope.json")),
    ("austin", include_bytes!("../../../tests/cli/programs/recordings/austin.folded")),
    ("tachyon", include_bytes!("../../../tests/cli/programs/recordings/tachyon.collapsed")),
];

/// Samples of each line that is a leaf, most first.
fn leaves(profile: &Profile) -> Vec<(String, u64)> {
    let mut leaves: Vec<(String, u64)> = Vec::new();
    for count in &profile.counts {
        let leaf = profile.frames(count.stack).next().expect("a frame");
        let name = format!(
            "{} ({}:{})",
            leaf.code.name.terminal(),
            leaf.code.file.terminal(),
            leaf.place.line
        );
        match leaves.iter_mut().find(|leaf| leaf.0 == name) {
            Some(leaf) => leaf.1 += count.samples,
            None => leaves.push((name, count.samples)),
        }
    }
    leaves.sort_by_key(|leaf| std::cmp::Reverse(leaf.1));
    leaves
}

#[test]
fn recordings_of_other_tools_keep_their_lines() {
    for (tool, bytes) in RECORDINGS {
        let profile = read(bytes).unwrap_or_else(|error| panic!("{tool}: {error}"));
        let leaves = leaves(&profile);
        let total = profile.samples();
        assert_eq!(leaves[0].0, "dedupe (etl.py:9)", "{tool}");
        assert!(leaves[0].1 * 10 > total * 9, "{tool}: {leaves:?}");
        assert_eq!(profile.busy_samples(), total, "{tool}");
    }
}

#[test]
fn threads_processes_and_times_are_kept_where_they_are_told() {
    let [_, threads, speedscope, austin, tachyon] = RECORDINGS.map(|it| read(it.1).unwrap());
    let ids = |profile: &Profile| (profile.threads[0].pid, profile.threads[0].tid);
    assert_eq!(ids(&threads), (3822, 3822));
    assert_eq!(ids(&speedscope), (0, 3766));
    assert_eq!(ids(&austin), (4937, 4937));
    assert_eq!(ids(&tachyon), (0, 3962));
    assert_eq!(austin.target.pid, 4937);
    assert_eq!(austin.target.python, Some(Python::new(3, 13)));
    assert!((1.9..2.2).contains(&austin.timing.seconds), "{:?}", austin.timing);
    assert!((80.0..101.0).contains(&austin.timing.rate_hz), "{:?}", austin.timing);
    assert_eq!((speedscope.timing.rate_hz.round(), speedscope.samples()), (100.0, 299));
}

const BUSY: State = State { on_cpu: true, ..State::IDLE };

fn counts(text: &str) -> Vec<(u64, State)> {
    let profile = read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    profile.counts.iter().map(|Count { samples, state, .. }| (*samples, *state)).collect()
}

#[test]
fn austin_counts_time_and_tells_what_a_thread_did_beside() {
    let busy = State { on_cpu: true, ..State::IDLE };
    let austin = "# austin: 4.0.0\n# interval: 1000\n";
    let summed = format!("{austin}P1;T0:2;a.py:f:3 5000\nP1;T0:2;a.py:f:4 2400\n");
    assert_eq!(counts(&summed), [(5, busy), (2, busy)]);
    let late = format!("{austin}P1;T0:2;a.py:f:3 4000\nP1;T0:2;a.py:f:3 4000\n");
    assert_eq!(counts(&late), [(2, busy)], "a sample each, however late");
    let full = format!("{austin}T1;a.py:f:3 1000,1,-88\nT1;a.py:f:4;:GC: 1000,0,12\n");
    assert_eq!(counts(&full), [(1, State::IDLE), (1, State { collects: true, ..busy })]);
    let of_memory = format!("{austin}# mode: memory\nT1;a.py:f:3 4096\n");
    assert!(matches!(read(of_memory.as_bytes()), Err(ProfileError::Foreign(_))));
}

#[test]
fn events_and_unequal_weights_become_samples() {
    let file = |profile: &str| {
        format!(
            r#"{{"shared": {{"frames": [{{"name": "f"}}, {{"name": "g"}}]}}, "profiles": [{profile}]}}"#
        )
    };
    let samples = |profile: &str| -> Vec<u64> {
        counts(&file(profile)).into_iter().map(|count| count.0).collect()
    };
    let events = r#"{"type": "evented", "name": "x", "unit": "milliseconds", "events": [
        {"type": "O", "frame": 0, "at": 5}, {"type": "O", "frame": 1, "at": 25},
        {"type": "C", "frame": 1, "at": 85}, {"type": "C", "frame": 0, "at": 105}]}"#;
    assert_eq!(samples(events), [2, 3]);
    let summed = r#"{"type": "sampled", "unit": "seconds", "samples": [[0], [0, 1]], "weights": [0.01, 0.3]}"#;
    assert_eq!(samples(summed), [1, 30]);
    let uneven = r#"{"type": "sampled", "unit": "seconds", "samples": [[0], [0, 1]], "weights": [0.4, 0.61]}"#;
    assert_eq!(samples(uneven), [1, 1]);
    let counted =
        r#"{"type": "sampled", "unit": "none", "samples": [[0], [0, 1]], "weights": [4, 7]}"#;
    assert_eq!(samples(counted), [4, 7]);

    let refused = [
        r#"{"unit": "bytes", "samples": [[0]], "weights": [1]}"#,
        r#"{"unit": "seconds", "samples": [[0]], "weights": []}"#,
        r#"{"unit": "seconds", "samples": [[2]], "weights": [1]}"#,
        r#"{"unit": "seconds", "samples": [[0]], "weights": [-1]}"#,
        r#"{"unit": "none", "samples": [[0]], "weights": [1e300]}"#,
        r#"{"unit": "none", "events": [{"type": "C", "frame": 0, "at": 1}]}"#,
    ];
    for profile in refused {
        assert!(read(file(profile).as_bytes()).is_err(), "{profile}");
    }
}

#[test]
fn a_stack_without_frames_is_no_sample() {
    let text = "a (a.py:1);b (a.py:2) 30\n 12\nprocess 7:\"python a.py\";thread (8) 9\n";
    assert_eq!(counts(text), [(30, BUSY)]);
    let austin = "# austin: 4.0.0\n# interval: 1000\n";
    let late = format!("{austin}P1;T0:2;a.py:f:3 4000\nP1;T0:2 500\nP1;T0:2;a.py:f:3 4000\n");
    assert_eq!(counts(&late), [(2, BUSY)], "nor of the mean of those that are");
}

#[test]
fn a_file_of_several_processes_tells_neither_their_names_as_code_nor_how_long_they_ran() {
    let read = |profiles: &str| {
        let text = format!(
            r#"{{"shared": {{"frames": [{{"name": "process 7:\"python a.py\"", "file": "", "line": 0}},
                {{"name": "f", "file": "a.py", "line": 3}},
                {{"name": "process", "file": "a.py", "line": 9}}]}}, "profiles": [{profiles}]}}"#
        );
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
    };
    let thread = |name: &str, frames: &str| {
        format!(
            r#"{{"name": "{name}", "unit": "seconds", "samples": [{frames}, {frames}], "weights": [1, 3]}}"#
        )
    };
    let one = read(&thread("Process 7 Thread 7", "[0, 1, 2]"));
    assert_eq!((one.timing.seconds, one.samples(), one.target.pid), (4.0, 4, 7));
    let names: Vec<String> = one.frames(0).map(|frame| frame.code.name.terminal()).collect();
    assert_eq!(names, ["process", "f"]);
    let two = read(&[thread("one", "[0, 1]"), thread("Process 9 Thread 9", "[2]")].join(","));
    assert_eq!((two.timing.seconds, two.timing.sample_seconds(), two.samples()), (0.0, 1.0, 8));
    let pids: Vec<u32> = two.threads.iter().map(|thread| thread.pid).collect();
    assert_eq!(pids, [7, 9]);
    assert!(two.is_parallel() && !one.is_parallel(), "nothing tells that they took turns");
    let events = |from: u32, to: u32| {
        format!(
            r#"{{"unit": "seconds", "events": [{{"type": "O", "frame": 1, "at": {from}}},
                {{"type": "C", "frame": 1, "at": {to}}}]}}"#
        )
    };
    let both = read(&[events(2, 5), events(4, 9)].join(","));
    assert_eq!(both.timing.seconds, 7.0, "they say when they were");
}

#[test]
fn what_is_no_recording_is_refused() {
    let not: [&[u8]; 5] =
        [b"\n\n", b"import sys\n", b"{}", b"{\"schema\": \"unslow.findings/1\"}", b"a b\0 1\n"];
    for bytes in not {
        assert!(matches!(read(bytes), Err(ProfileError::NotAProfile)), "{bytes:?}");
    }
    assert!(matches!(read(b""), Err(ProfileError::Empty)));
    assert!(matches!(read(b"a;b 1\n# c\na;b c\n"), Err(ProfileError::Line(3))));
    assert!(matches!(read(b"a;b c\na;b 1\na;b 1\n"), Err(ProfileError::Line(1))));
    assert!(matches!(read(b"a;b 1\na;\0 1\n"), Err(ProfileError::Line(2))));
    assert!(matches!(read(b"a;b 1\na;b -2\n"), Err(ProfileError::Line(2))));
    assert!(matches!(read(b"{\"shared\": "), Err(ProfileError::Truncated)));
    assert!(matches!(read(b"MOJ\x03\x00"), Err(ProfileError::Mojo)));
    let many = format!("a {}\na;b {}\n", 1_u64 << 52, 1_u64 << 53);
    assert!(matches!(read(many.as_bytes()), Err(ProfileError::Corrupt(_))));
    let nested = "{\"shared\": ".repeat(100_000);
    assert!(read(nested.as_bytes()).is_err());
}

#[test]
fn what_is_too_long_is_not_read() {
    let long = |length: u64| b"a 1\n".repeat(length.div_ceil(4) as usize);
    let too_long = read(&long(limits::FOREIGN_BYTES + 1));
    assert!(matches!(too_long, Err(ProfileError::ForeignTooLarge)));
    assert!(read(&long(limits::FOREIGN_BYTES / 1_024)).is_ok());
}

#[test]
fn small_files_cannot_fill_the_memory() {
    let deep = "a;".repeat(limits::FRAMES - 1);
    let stacks = limits::PROFILE_BYTES as usize / size_of::<u32>() / limits::FRAMES + 1;
    let mut events = String::from(
        r#"{"shared": {"frames": [{"name": "a"}]}, "profiles": [{"unit": "none", "events": ["#,
    );
    let event = |kind: &str, at: usize| format!(r#"{{"type": "{kind}", "frame": 0, "at": {at}}}"#);
    let opened = (0..limits::FRAMES).map(|at| event("O", at));
    let flicker = (0..stacks).flat_map(|at| {
        let at = limits::FRAMES + 2 * at;
        [event("C", at), event("O", at + 1)]
    });
    events += &opened.chain(flicker).collect::<Vec<_>>().join(",");
    events += "]}]}";
    assert!(events.len() < deep.len() * stacks / 10);
    assert!(matches!(read(events.as_bytes()), Err(ProfileError::TooLarge)));
}

/// The frames of the only stack, its leaf first, and how many samples are told to be cut.
fn only_stack(bytes: &[u8]) -> (Vec<String>, u64) {
    let profile = read(bytes).unwrap();
    let [stack] = &profile.stacks[..] else { panic!("{:?}", profile.stacks) };
    let name = |&id: &u32| profile.locations[id as usize].code.name.data().to_owned();
    (stack.locations.iter().map(name).collect(), profile.timing.truncated)
}

/// As recorded of a recursion: `main`, so many times `down`, and `leaf`.
fn deep(depth: usize) -> Vec<&'static str> {
    let mut frames = vec!["down"; depth];
    (frames[0], frames[depth - 1]) = ("main", "leaf");
    frames
}

fn folded(depth: usize) -> Vec<u8> {
    format!("{} 3\n", deep(depth).join(";")).into_bytes()
}

fn speedscope(depth: usize) -> Vec<u8> {
    let stack: Vec<usize> = (0..depth).collect();
    let frames: Vec<_> = deep(depth).iter().map(|name| serde_json::json!({"name": name})).collect();
    let recording = serde_json::json!({
        "shared": {"frames": frames},
        "profiles": [{"unit": "none", "samples": [stack], "weights": [3]}],
    });
    recording.to_string().into_bytes()
}

fn events(depth: usize) -> Vec<u8> {
    let names = ["main", "down", "leaf"];
    let frame = |at: usize| {
        if at == 0 {
            0
        } else if at + 1 < depth {
            1
        } else {
            2
        }
    };
    let event = |kind: &str, frame: usize, at: usize| serde_json::json!({"type": kind, "frame": frame, "at": at});
    let mut events: Vec<_> = (0..depth).map(|at| event("O", frame(at), 0)).collect();
    events.push(event("C", 2, 3));
    events.extend((0..depth - 1).rev().map(|at| event("C", frame(at), 3)));
    let recording = serde_json::json!({
        "shared": {"frames": names.map(|name| serde_json::json!({"name": name}))},
        "profiles": [{"unit": "none", "events": events}],
    });
    recording.to_string().into_bytes()
}

#[test]
fn of_a_deep_stack_the_middle_is_left_out() {
    for recording in [folded, speedscope, events] {
        let (frames, truncated) = only_stack(&recording(limits::FRAMES));
        assert_eq!((frames.len(), truncated), (limits::FRAMES, 0));
        for depth in [limits::FRAMES + 1, limits::FRAMES + 2, 3 * limits::FRAMES] {
            let (frames, truncated) = only_stack(&recording(depth));
            assert_eq!((frames.len(), truncated), (limits::FRAMES, 3), "{depth}");
            assert_eq!((&*frames[0], &*frames[limits::FRAMES - 1]), ("leaf", "main"));
            let gaps = frames.iter().filter(|name| *name == FRAMES_LEFT_OUT).count();
            assert_eq!(gaps, 1, "{depth}");
        }
    }
}

#[test]
fn what_was_left_out_when_it_was_recorded_is_told() {
    let line = format!("main;{FRAMES_LEFT_OUT};leaf 5\nmain 2\n");
    assert_eq!(read(line.as_bytes()).unwrap().timing.truncated, 5);
}
