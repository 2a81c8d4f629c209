//! The file against varied, damaged, oversized and foreign profiles.

mod foreign;

use std::sync::Arc;

use advisors::{Place, Python};
use prost::Message;

use super::file::{self, ProfileError};
use super::pprof as pb;
use super::*;
use crate::limits;
use crate::sample::Collector;

/// Marsaglia's xorshift: the same profiles on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Small, or as large as it gets.
    fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => u64::MAX,
            _ => self.next() >> self.below(64),
        }
    }

    fn small(&mut self) -> u32 {
        self.number() as u32
    }

    fn float(&mut self) -> f64 {
        f64::from(self.small()) / 7.0
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(3) > 0).then(|| make(self))
    }

    fn text(&mut self) -> Untrusted {
        const TEXTS: &[&str] =
            &["", "idle", "a", "größe", "\0\u{1b}[m", "state", "x\ny", "\u{fffd}"];
        let text = TEXTS[self.below(TEXTS.len())];
        Untrusted::new(text.repeat(self.below(3) + 1))
    }

    fn some<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(9)).map(|_| make(self)).collect()
    }

    fn python(&mut self) -> Python {
        Python {
            major: 3,
            minor: self.next() as u8,
            patch: self.next() as u8,
            free_threaded: self.below(2) == 0,
        }
    }

    fn location(&mut self) -> Location {
        let code = Code { name: self.text(), file: self.text(), first_line: self.small() };
        let columns = self.maybe(|random| (random.small(), random.small()));
        let place = Place { line: self.small(), end_line: self.small(), columns };
        Location { code: Arc::new(code), place }
    }

    fn profile(&mut self) -> Profile {
        let locations = self.some(Self::location);
        let places = locations.len();
        let stacks = self.some(|random| Stack {
            locations: match locations.len() {
                0 => Vec::new(),
                n => random.some(|random| random.below(n) as u32),
            },
        });
        let threads = self.some(|random| Thread {
            pid: random.small(),
            tid: random.small(),
            name: random.maybe(Self::text),
        });
        let tasks =
            self.some(|random| Task { name: random.maybe(Self::text), coroutine: random.text() });
        let counts = match (stacks.len(), threads.len()) {
            (0, _) | (_, 0) => Vec::new(),
            (stacks, threads) => self.some(|random| Count {
                stack: random.below(stacks) as u32,
                thread: random.below(threads) as u32,
                task: match tasks.len() {
                    0 => None,
                    n => random.maybe(|random| random.below(n) as u32),
                },
                state: State {
                    on_cpu: random.below(2) == 0,
                    holds_gil: random.below(2) == 0,
                    waits_for_gil: random.below(2) == 0,
                    collects: random.below(2) == 0,
                    handles_exception: random.below(2) == 0,
                },
                samples: random.number() >> 1,
            }),
        };
        let operands = match locations.len() {
            0 => Vec::new(),
            n => self.some(|random| OperandSeen {
                location: random.below(n) as u32,
                expression: random.text(),
                type_name: random.text(),
                observations: random.small(),
                lengths: random.maybe(|random| Lengths {
                    min: random.number(),
                    median: random.number(),
                    max: random.number(),
                    first: random.number(),
                    last: random.number(),
                }),
                elements: random.some(Self::text),
                distinct: random.maybe(|random| {
                    let calls = random.small().max(1);
                    Distinct { calls, values: random.small().clamp(1, calls) }
                }),
            }),
        };
        Profile {
            target: Target {
                pid: self.small(),
                command: self.some(Self::text),
                directory: self.maybe(Self::text),
                python: self.maybe(Self::python),
            },
            timing: Timing {
                started_ns: self.number(),
                seconds: self.float(),
                rate_hz: self.float(),
                sweeps: self.number(),
                missed: self.number(),
                torn: self.number(),
                unreadable: self.number(),
                truncated: self.number(),
                shortened: self.number(),
                exact: self.below(2) == 0,
                stopped_seconds: self.float(),
                longest_stop: self.float(),
                left_out: self.number(),
                without_python: self.number(),
            },
            machine: Machine { cpus: self.small(), quota: self.maybe(Self::float) },
            processes: self.some(|random| Process {
                pid: random.small(),
                parent: random.small(),
                command: random.text(),
                python: random.maybe(Self::python),
                observations: random.small(),
                threads: random.small(),
                runnable: random.float(),
                cpu_seconds: random.float(),
                preemptions: random.number(),
                first_seen: random.float(),
                last_seen: random.float(),
                traffic: random.maybe(|random| Traffic {
                    reads: random.number(),
                    writes: random.number(),
                    read_bytes: random.number(),
                    written_bytes: random.number(),
                }),
            }),
            threads,
            locations,
            stacks,
            counts,
            memory: self.some(|random| Memory {
                pid: random.small(),
                peak: random.number(),
                points: random
                    .some(|random| MemoryPoint { at: random.float(), resident: random.number() }),
                growth: random.some(|random| Growth {
                    location: match places {
                        0 => None,
                        n => random.maybe(|random| random.below(n) as u32),
                    },
                    bytes: random.number(),
                }),
            }),
            operands,
            runtimes: self.some(|random| Runtime {
                pid: random.small(),
                tasks: random.maybe(Self::number),
                looks: random.number(),
                collector: random.maybe(|random| Collector {
                    thresholds: std::array::from_fn(|_| random.small()),
                    counts: std::array::from_fn(|_| random.small()),
                }),
            }),
            stalls: match places {
                0 => Vec::new(),
                n => random_stalls(self, n, tasks.len()),
            },
            awaits: match places {
                0 => Vec::new(),
                n => self.some(|random| Await {
                    location: random.below(n) as u32,
                    tasks: random.number(),
                    looks: random.number(),
                }),
            },
            tasks,
            sources: self.some(|random| SourceSeen {
                file: random.text(),
                bytes: random.number(),
                checksum: random.small(),
                expressions: match places {
                    0 => Vec::new(),
                    n => random.some(|random| ExpressionSeen {
                        location: random.below(n) as u32,
                        fingerprint: random.number(),
                    }),
                },
            }),
        }
    }
}

fn random_stalls(random: &mut Random, locations: usize, tasks: usize) -> Vec<Stall> {
    random.some(|random| Stall {
        location: random.below(locations) as u32,
        count: random.number(),
        total: random.float(),
        longest: random.float(),
        task: match tasks {
            0 => None,
            n => random.maybe(|random| random.below(n) as u32),
        },
    })
}

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
            0..2 => assert!(matches!(error, ProfileError::NotAProfile), "{length}: {error}"),
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
        parts.iter().all(|&length| length > 0) && !profile.stacks[0].locations.is_empty()
    };
    let mut profiles = std::iter::repeat_with(|| random.profile());
    encode::message(&profiles.find(complete).unwrap())
}

#[test]
fn every_index_is_checked() {
    type Damage = (&'static str, fn(&mut pb::Profile));
    let damages: [Damage; 18] = [
        ("text", |p| p.function[0].name = 1 << 40),
        ("text", |p| p.function[0].filename = -1),
        ("text", |p| p.operand[0].expression = i64::MAX),
        ("text", |p| p.sample[0].label[0].key = 9999),
        ("location", |p| p.sample[0].location_id = vec![0]),
        ("location", |p| p.sample[0].location_id = vec![u64::MAX]),
        ("function", |p| p.location[0].line[0].function_id = 0),
        ("function", |p| p.location[0].line.clear()),
        ("order", |p| p.location[0].id = 2),
        ("order", |p| p.function[0].id = 0),
        ("line", |p| p.location[0].line[0].line = -1),
        ("stack", |p| p.sample[0].stack = u32::MAX),
        ("thread", |p| p.sample[0].thread = Some(u32::MAX)),
        ("location", |p| p.operand[0].location = u32::MAX),
        ("stall", |p| p.stall[0].location = u32::MAX),
        ("stall", |p| p.stall[0].task = Some(u32::MAX)),
        ("await", |p| p.awaits[0].location = u32::MAX),
        ("deeper", |p| p.sample[0].location_id = vec![1; limits::FRAMES + 1]),
    ];
    decode::profile(&sound().encode_to_vec()).unwrap();
    for (index, (what, damage)) in damages.into_iter().enumerate() {
        let mut message = sound();
        // A stack that is told by an earlier sample is not read again.
        message.sample.truncate(1);
        message.sample[0].stack = 0;
        damage(&mut message);
        let error = decode::profile(&message.encode_to_vec()).unwrap_err();
        let ProfileError::Corrupt(said) = error else { panic!("{index}: {error}") };
        assert!(said.contains(what), "{index}: {said}");
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

    let mut long = pb::Profile::default();
    long.string_table.push("x".repeat(limits::PROFILE_ENTRY_BYTES + 1));
    assert!(matches!(decode::profile(&long.encode_to_vec()), Err(ProfileError::TooLarge)));
}

#[test]
fn what_is_no_profile_is_told_from_what_is_too_new() {
    let not = |bytes: &[u8]| matches!(file::read(bytes), Err(ProfileError::NotAProfile));
    assert!(not(b"") && not(b"{\"findings\": []}"));
    assert!(not(&file::compress(b"").unwrap()));
    let other = file::read(&file::compress(b"some text that was compressed").unwrap());
    assert!(other.is_err());
    let mut message = sound();
    message.extension_version += 1;
    assert!(matches!(decode::profile(&message.encode_to_vec()), Err(ProfileError::Newer)));
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
