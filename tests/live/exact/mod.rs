//! Exact mode: a stack that never was is never reported, and the target does not notice.

mod stacks;
mod unnoticed;

use std::time::Duration;

use unslow::sample::promptness::wake_me_soon;
use unslow::sample::{Options, Sampler, Sweep};

use crate::support::{Interpreter, Target, with_columns};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

/// Attaches as a recording does.
pub(super) fn attach(target: &Target) -> Sampler {
    wake_me_soon();
    let options = Options { patience: Duration::from_secs(10), exact: true, ..Options::default() };
    Sampler::attach(target.pid(), options).unwrap_or_else(|error| panic!("{error}"))
}

/// Each in a thread of its own, so that what one asks of the scheduler does not pass on to the next
/// one's target.
pub(super) fn on_each(test: impl Fn(&Interpreter) + Sync) {
    for python in with_columns() {
        let outcome = std::thread::scope(|scope| scope.spawn(|| test(python)).join());
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
}

/// What the looks cost the target.
#[derive(Default)]
pub(super) struct Pauses {
    pub(super) sweeps: u32,
    pub(super) torn: u32,
    not_held: u32,
    all: Vec<Duration>,
}

impl Pauses {
    pub(super) fn add(&mut self, sweep: &Sweep) {
        self.sweeps += 1;
        self.torn += sweep.torn;
        self.not_held += sweep.unreadable;
        self.all.push(sweep.stopped);
    }
}

impl std::fmt::Display for Pauses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.all.clone();
        sorted.sort();
        let mean = sorted.iter().sum::<Duration>() / self.sweeps.max(1);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        write!(
            f,
            "{} torn and {} not held in {} sweeps; stopped {mean:?} on average, median {:?}, 99 % {:?}, at most {:?}",
            self.torn,
            self.not_held,
            self.sweeps,
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}
