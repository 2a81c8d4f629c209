//! Threads of which it is known what they do.

use std::collections::BTreeMap;
use std::time::Duration;

use unslow::sample::{Sample, State};

use crate::support::{Target, names, sweeps};
use crate::tally::walked;

/// What was seen of the threads that run one function.
#[derive(Debug, Default)]
struct Seen {
    all: u32,
    holds: u32,
    waits: u32,
    collects: u32,
    handles: u32,
    /// Neither at work nor at the lock.
    idle: u32,
}

impl Seen {
    fn add(&mut self, state: State) {
        self.all += 1;
        self.holds += u32::from(state.holds_gil);
        self.waits += u32::from(state.waits_for_gil);
        self.collects += u32::from(state.collects);
        self.handles += u32::from(state.handles_exception);
        self.idle += u32::from(state == State::IDLE);
    }
}

/// The function that a thread was started with.
fn body(sample: &Sample) -> Option<&'static str> {
    let bodies = ["busy", "sleeper", "collector", "handler"];
    bodies.into_iter().find(|body| names(sample).contains(body))
}

#[test]
fn every_thread_is_in_the_state_that_its_program_says() {
    for python in walked() {
        let target = Target::start(python, include_str!("programs/states.py"));
        let mut sampler = target.attach();
        let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
        let mut inside = Seen::default();
        for sweep in sweeps(&mut sampler, 1500, Duration::from_millis(2)) {
            let holders = sweep.samples.iter().filter(|sample| sample.state.holds_gil).count();
            assert!(holders <= 1, "{python:?}: one lock, {holders} holders");
            for sample in &sweep.samples {
                let Some(body) = body(sample) else { continue };
                seen.entry(body).or_default().add(sample.state);
                if sample.frames[0].code.name.data() == "inside" {
                    inside.add(sample.state);
                }
            }
        }
        println!("{}.{} inside {inside:?}, {seen:?}", python.version.0, python.version.1);
        let [busy, sleeper, collector, handler] =
            ["busy", "sleeper", "collector", "handler"].map(|body| &seen[body]);
        assert_eq!(sleeper.idle, sleeper.all, "{python:?}: {sleeper:?}");
        // Two of four that want the lock. One that has been woken by it may wait for a processor.
        assert!(busy.holds * 10 > busy.all, "{python:?}: {busy:?}");
        assert!(busy.waits * 3 > busy.all, "{python:?}: {busy:?}");
        assert!(busy.idle * 100 <= busy.all, "{python:?}: {busy:?}");
        assert!(collector.collects > 50, "{python:?}: {collector:?}");
        assert!(collector.collects <= collector.holds, "{python:?}: {collector:?}");
        for other in [busy, sleeper, handler] {
            assert!(other.collects * 1000 <= other.all, "{python:?}: {other:?}");
        }
        if python.version >= (3, 15) {
            // What the thread handles is read a microsecond before its stack.
            assert!(inside.all > 50 && inside.handles * 100 >= inside.all * 98, "{inside:?}");
            for other in [busy, sleeper, collector] {
                assert_eq!(other.handles, 0, "{other:?}");
            }
        }
    }
}
