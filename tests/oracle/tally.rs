//! What came of the sweeps over one program.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use unslow::sample::{Sample, Sweep};

use crate::support::{
    Interpreter, Target, as_far_as_seen, interpreters, is_told_no_further, sample_where,
};

/// A program that never ends, and what is known of it.
pub(super) struct Oracle {
    pub(super) what: &'static str,
    pub(super) source: String,
    /// How many Python threads it has, those of all interpreters together.
    pub(super) threads: RangeInclusive<usize>,
    pub(super) is_possible: fn(&Sample) -> bool,
    /// Share of impossible stacks that is allowed. A run has a few thousand, and so may have more by
    /// chance.
    pub(super) allowed: f64,
}

#[derive(Default)]
pub(super) struct Tally {
    pub(super) sweeps: usize,
    pub(super) samples: usize,
    /// Of which so many were not seen to their inner end.
    pub(super) cut: usize,
    pub(super) torn: usize,
    pub(super) unreadable: usize,
    /// The stacks that cannot have been, by how often they were seen.
    pub(super) impossible: BTreeMap<String, usize>,
}

/// Samples for each sweep, at the least. Of stacks that change all the time some are torn; how many
/// is printed.
const ENOUGH: f64 = 0.5;

/// A program wants a processor of its own, and so does who looks at it: where others take them away in
/// the midst of a look, it is of several instants.
static PROCESSORS: Mutex<()> = Mutex::new(());

/// Those that our own walk reads, for one test at a time.
pub(super) fn walked() -> impl Iterator<Item = &'static Interpreter> {
    let alone = PROCESSORS.lock().unwrap_or_else(PoisonError::into_inner);
    interpreters().iter().filter(move |python| {
        let _ = &alone;
        python.version >= (3, 11)
    })
}

/// Sweeps of each program.
pub(super) fn count_sweeps() -> usize {
    std::env::var("UNSLOW_SWEEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(5000)
}

impl Oracle {
    /// Sweeps over the program under `python`; prints and judges what was seen. Every sweep goes
    /// to `each` too.
    pub(super) fn judge(&self, python: &Interpreter, mut each: impl FnMut(&Sweep)) {
        let target = Target::start(python, &self.source);
        let mut sampler = target.attach();
        // It has said that it is ready, and may be about to begin.
        sample_where(&mut sampler, |sample| sample.frames.len() > 1);
        let mut tally = Tally::default();
        for _ in 0..count_sweeps() {
            std::thread::sleep(Duration::from_micros(20));
            let sweep = sampler.sweep().expect("the target is alive");
            let looked_at = tally.add(&sweep, self.is_possible);
            assert!(
                self.threads.contains(&looked_at),
                "{python:?}: {}: {looked_at} threads, not {:?}: {sweep:?}",
                self.what,
                self.threads
            );
            each(&sweep);
        }
        let (major, minor) = python.version;
        println!("{major}.{minor} {:<11} {tally}", self.what);
        for (stack, count) in &tally.impossible {
            println!("{count:>17} x {stack}");
        }
        let enough = ENOUGH * tally.sweeps as f64;
        assert!(tally.samples as f64 >= enough, "{python:?}: too few to prove anything: {tally}");
        let bound = most_by_chance(self.allowed * tally.samples as f64);
        let count = tally.count_impossible();
        assert!(count <= bound, "{python:?}: {}: {count}, not {bound} at most", self.what);
    }
}

impl Tally {
    /// Gives how many threads the sweep accounts for.
    pub(super) fn add(&mut self, sweep: &Sweep, is_possible: fn(&Sample) -> bool) -> usize {
        let lost = (sweep.torn as usize, sweep.unreadable as usize);
        self.sweeps += 1;
        self.samples += sweep.samples.len();
        self.torn += lost.0;
        self.unreadable += lost.1;
        for sample in &sweep.samples {
            let seen = as_far_as_seen(sample);
            self.cut += sample.frames.len() - seen.frames.len();
            if !is_possible(&seen) && !is_told_no_further(sample) {
                *self.impossible.entry(describe(sample)).or_default() += 1;
            }
        }
        sweep.samples.len() + lost.0 + lost.1
    }

    fn count_impossible(&self) -> usize {
        self.impossible.values().sum()
    }
}

/// One run in so many would have more than the bound if the share were just what is allowed.
const CHANCE: f64 = 1e4;

/// How often what happens `mean` times on average may happen, by Poisson's distribution.
fn most_by_chance(mean: f64) -> usize {
    let mut probability = (-mean).exp();
    let mut beyond = 1.0 - probability;
    let mut count = 0;
    while beyond > 1.0 / CHANCE {
        count += 1;
        probability *= mean / count as f64;
        beyond -= probability;
    }
    count
}

#[test]
fn what_chance_allows() {
    assert_eq!([0.0, 0.5, 15.0].map(most_by_chance), [0, 5, 31]);
}

/// Functions and lines, outermost first.
pub(super) fn describe(sample: &Sample) -> String {
    let frames = sample.frames.iter().rev();
    let frames = frames.map(|frame| {
        format!("{}@{}:{}", frame.code.name.data(), frame.code.first_line, frame.place.line)
    });
    frames.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sweeps, samples, cut, torn, unreadable, .. } = self;
        let all = (samples + torn + unreadable).max(1);
        let torn_share = *torn as f64 / all as f64 * 100.0;
        let impossible = self.count_impossible();
        let impossible_share = impossible as f64 / (*samples).max(1) as f64 * 100.0;
        write!(
            f,
            "{sweeps} sweeps: {samples} samples, {cut} of them without their inner end, {torn} torn \
             ({torn_share:.2} %), {unreadable} unreadable, {impossible} impossible \
             ({impossible_share:.3} %)"
        )
    }
}
