//! Programs whose stacks change as fast as can be, with every stack that they can have.

use std::time::Duration;

use unslow::sample::Sampler;

use crate::support::{as_far_as_seen, is_told_no_further, names, sweeps};

/// A program that never ends, and what its stacks may be, outermost first.
pub(crate) struct Flutter {
    pub(crate) what: &'static str,
    pub(crate) source: &'static str,
    pub(crate) is_possible: fn(&[&str]) -> bool,
}

impl Flutter {
    /// Sweeps over the program, which runs under `whose`: one stack in 300 at most never was.
    #[allow(dead_code, reason = "the oracle has its own")]
    pub(crate) fn check(&self, whose: &str, sampler: &mut Sampler) {
        let (mut samples, mut impossible) = (0, Vec::new());
        for sweep in sweeps(sampler, 3000, Duration::from_micros(50)) {
            for sample in &sweep.samples {
                samples += 1;
                let seen = as_far_as_seen(sample);
                if !(self.is_possible)(&names(&seen)) && !is_told_no_further(sample) {
                    impossible.push(names(&seen).join(" "));
                }
            }
        }
        let what = self.what;
        println!("{whose}: {what}: {} of {samples} impossible", impossible.len());
        assert!(samples >= 2000, "{whose}: {what}: {samples}");
        assert!(impossible.len() * 300 <= samples, "{whose}: {what}: {impossible:?}");
    }
}

/// Two calls in turn.
pub(crate) const CALLS: Flutter = Flutter {
    what: "calls",
    source: "
def leaf_a(): return 1
def leaf_b(): return 2
def hot_a(): return leaf_a()
def hot_b(): return leaf_b()
def flutter():
    while True:
        hot_a(); hot_b()
flutter()
",
    is_possible: |names| {
        matches!(
            names,
            ["<module>", "flutter"]
                | ["<module>", "flutter", "hot_a" | "hot_b"]
                | ["<module>", "flutter", "hot_a", "leaf_a"]
                | ["<module>", "flutter", "hot_b", "leaf_b"]
        )
    },
};

/// Two generators that are driven in turn.
pub(crate) const GENERATORS: Flutter = Flutter {
    what: "generators",
    source: "
def leaf_a(): return 1
def leaf_b(): return 2
def gen_a():
    while True: yield leaf_a()
def gen_b():
    while True: yield leaf_b()
def flutter():
    a, b = gen_a(), gen_b()
    while True:
        next(a); next(b)
flutter()
",
    is_possible: |names| {
        matches!(
            names,
            ["<module>", "flutter"]
                | ["<module>", "flutter", "gen_a" | "gen_b"]
                | ["<module>", "flutter", "gen_a", "leaf_a"]
                | ["<module>", "flutter", "gen_b", "leaf_b"]
        )
    },
};
