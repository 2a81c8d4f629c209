//! Profiles of every kind, the same on every run.

use super::*;

/// Marsaglia's xorshift: the same profiles on every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
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

    fn state(&mut self) -> State {
        State {
            on_cpu: self.below(2) == 0,
            holds_gil: self.below(2) == 0,
            waits_for_gil: self.below(2) == 0,
            collects: self.below(2) == 0,
            handles_exception: self.below(2) == 0,
        }
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

    pub(super) fn profile(&mut self) -> Profile {
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
                state: random.state(),
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
                footprint: random.maybe(|random| {
                    let shallow = random.number().max(1);
                    Footprint { shallow, deep: random.number().max(shallow) }
                }),
            }),
        };
        Profile {
            target: Target {
                pid: self.small(),
                command: self.some(Self::text),
                directory: self.maybe(Self::text),
                assumed_directory: None,
                place_in_repository: None,
                python: self.maybe(Self::python),
            },
            timing: Timing {
                recordings: self.small(),
                started_ns: self.number(),
                seconds: self.float(),
                rate_hz: self.float(),
                sweeps: self.number(),
                missed: self.number(),
                torn: self.number(),
                unreadable: self.number(),
                too_deep: self.number(),
                truncated: self.number(),
                shortened: self.number(),
                exact: self.below(2) == 0,
                stopped_seconds: self.float(),
                longest_stop: self.float(),
                cut_off: self.below(2) == 0,
                own_seconds: self.float(),
                left_out: self.number(),
                without_python: self.number(),
                too_short: self.number(),
                unread: self.number(),
                unopened: self.number(),
                unattached: self.number(),
                blind: self.number(),
                at_once: self.number(),
                kept_waiting: self.number(),
                waited: self.number(),
                waited_of: self.number(),
            },
            machine: Machine { cpus: self.small(), quota: self.maybe(Self::float) },
            processes: self.some(|random| Process {
                pid: random.small(),
                parent: random.small(),
                command: random.text(),
                python: random.maybe(Self::python),
                earlier_pythons: random.some(Self::python),
                observations: random.small(),
                halted: random.small(),
                threads: random.small(),
                runnable: random.float(),
                cpu_seconds: random.float(),
                ended_seconds: random.float(),
                waits: random.number(),
                preemptions: random.number(),
                began_ns: random.number(),
                first_seen: random.float(),
                last_seen: random.float(),
                traffic: random.maybe(|random| Traffic {
                    reads: random.number(),
                    writes: random.number(),
                    read_bytes: random.number(),
                    written_bytes: random.number(),
                }),
            }),
            timeline: self.maybe(|random| random_timeline(random, threads.len(), stacks.len())),
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
                    caller: match places {
                        0 => None,
                        n => random.maybe(|random| random.below(n) as u32),
                    },
                    bytes: random.number(),
                    left: random.maybe(Self::number),
                }),
            }),
            operands,
            runtimes: self.some(|random| Runtime {
                pid: random.small(),
                tasks: random.maybe(Self::number),
                looks: random.number(),
                busy_looks: random.number(),
                crowded_looks: random.number(),
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
        computed: random.maybe(Random::float),
    })
}

fn random_timeline(random: &mut Random, threads: usize, stacks: usize) -> Timeline {
    let part = |random: &mut Random| Part {
        thread: random.below(threads) as u32,
        stack: match stacks {
            0 => None,
            n => random.maybe(|random| random.below(n) as u32),
        },
        state: State { handles_exception: false, ..random.state() },
        samples: random.small(),
    };
    let slices = (0..limits::TIME_SLICES as u32).filter(|_| random.below(200) == 0);
    let indices: Vec<u32> = slices.collect();
    let parts = |random: &mut Random| match threads {
        0 => Vec::new(),
        _ => random.some(part),
    };
    let slice = |index| Slice { index, parts: parts(random) };
    let slices = indices.into_iter().map(slice).collect();
    Timeline { slice_seconds: 0.01 + random.float(), slices }
}
