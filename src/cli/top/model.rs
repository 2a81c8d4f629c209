//! What was sampled so far, folded into something bounded. Pure: it is told what time it is.

use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::time::Duration;

use super::places::{PlaceSeen, Places};
use super::tally::{Slot, Span, Tally};
use super::threads::{Doings, ThreadSeen, Threads};
use crate::cli::recording::Unsampled;
use crate::profile::{self, Target};
use crate::sample::Sweep;
use crate::text::Untrusted;

/// All samples together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Whole {
    /// Instants at which everyone was looked at.
    pub(super) sweeps: u64,
    /// Instants that passed before the sampler was ready for them.
    pub(super) missed: u64,
    /// Samples that were dropped since the stack changed under the read.
    pub(super) torn: u64,
    /// Samples that could not be read.
    pub(super) unreadable: u64,
    /// Of those, of stacks that are too deep.
    pub(super) too_deep: u64,
    /// What the threads were doing.
    pub(super) doings: Doings,
}

impl AddAssign for Whole {
    fn add_assign(&mut self, other: Self) {
        self.sweeps += other.sweeps;
        self.missed += other.missed;
        self.torn += other.torn;
        self.unreadable += other.unreadable;
        self.too_deep += other.too_deep;
        self.doings += other.doings;
    }
}

impl Whole {
    /// What shares are of, as in the reports.
    pub(super) fn run_samples(&self) -> u64 {
        profile::run_samples(self.doings.busy, self.torn, self.sweeps)
    }
}

/// How the session stands, as far as it is not counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Standing {
    /// Who is sampled.
    pub(super) target: Target,
    /// Sweeps a second that were asked for.
    pub(super) rate_hz: f64,
    /// Processes that are sampled.
    pub(super) sampled: usize,
    /// Processes of the tree.
    pub(super) processes: usize,
    /// Those that a signal or a debugger has stopped.
    pub(super) halted: BTreeSet<u32>,
    /// Those that were not sampled, or not all the while.
    pub(super) unsampled: Unsampled,
}

/// The model of the live view.
#[derive(Debug, Default)]
pub(super) struct Aggregate {
    now: Duration,
    /// Sweeps so far.
    swept: u64,
    whole: Tally<Whole>,
    places: Places,
    threads: Threads,
    standing: Standing,
}

/// The model at one instant, to be looked at in any way.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    /// Since the first sweep.
    pub(super) elapsed: Duration,
    /// How much of that the window covers.
    pub(super) window: Duration,
    /// Who is sampled and how.
    pub(super) standing: Standing,
    /// All samples in the window.
    pub(super) recent: Whole,
    /// All samples since the start.
    pub(super) ever: Whole,
    /// Where they stood.
    pub(super) places: Vec<PlaceSeen>,
    /// Places that were forgotten to make room.
    pub(super) forgotten: u64,
    /// Whose they were.
    pub(super) threads: Vec<ThreadSeen>,
}

impl Aggregate {
    /// A sweep begins, `at` since the first, after `missed` that did not come about.
    pub(super) fn tick(&mut self, at: Duration, missed: u64) {
        self.now = at;
        self.swept += 1;
        self.whole.add(Slot::of(at), Whole { sweeps: 1, missed, ..Whole::default() });
    }

    /// What the sweep saw of process `pid`.
    pub(super) fn add(&mut self, pid: u32, sweep: &Sweep) {
        let now = Slot::of(self.now);
        let (torn, unreadable) = (u64::from(sweep.torn), u64::from(sweep.unreadable));
        let too_deep = u64::from(sweep.too_deep);
        let mut whole = Whole { torn, unreadable, too_deep, ..Whole::default() };
        for sample in &sweep.samples {
            whole.doings += Doings::of(sample.state);
            self.threads.add(self.now, self.swept, pid, sample);
            if sample.state.is_busy() {
                self.places.add(now, &sample.frames);
            }
        }
        self.whole.add(now, whole);
    }

    /// How things stand beside the samples.
    pub(super) fn observe(
        &mut self,
        standing: Standing,
        name: impl Fn(u32, u32) -> Option<Untrusted>,
    ) {
        self.standing = standing;
        self.threads.learn_names(Slot::of(self.now), name);
    }

    /// Sweeps so far: whether there is anything new to see.
    pub(super) fn sweeps(&self) -> u64 {
        self.whole.over(Span::Ever, Slot::of(self.now)).sweeps
    }

    /// How it looks now.
    pub(super) fn picture(&self) -> Picture {
        let now = Slot::of(self.now);
        Picture {
            elapsed: self.now,
            window: now.window(self.now),
            standing: self.standing.clone(),
            recent: self.whole.over(Span::Window, now),
            ever: self.whole.over(Span::Ever, now),
            places: self.places.seen(now),
            forgotten: self.places.forgotten(),
            threads: self.threads.seen(self.now, self.swept),
        }
    }
}

impl Picture {
    /// Whether nothing can run: all processes that are sampled were stopped.
    pub(super) fn is_halted(&self) -> bool {
        let Standing { halted, sampled, .. } = &self.standing;
        !halted.is_empty() && halted.len() >= *sampled
    }

    /// All samples of a span.
    pub(super) fn whole(&self, span: Span) -> &Whole {
        match span {
            Span::Window => &self.recent,
            Span::Ever => &self.ever,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use advisors::Place;

    use super::*;
    use crate::sample::{Code, Frame, Sample, State};

    fn sample(thread: u32, state: State) -> Sample {
        let (name, file) = (Untrusted::new("main"), Untrusted::new("etl.py"));
        let code = Arc::new(Code { name, file, first_line: 1 });
        let frames = vec![Frame { code, place: Place::line(3) }];
        Sample::new(thread, state, frames)
    }

    #[test]
    fn idle_threads_are_known_but_heat_no_place() {
        let mut model = Aggregate::default();
        let busy = State { holds_gil: true, ..State::default() };
        for tick in 0..10 {
            model.tick(Duration::from_millis(10 * tick), 0);
            let samples = vec![sample(1, busy), sample(2, State::default())];
            model.add(4242, &Sweep { samples, torn: 1, ..Sweep::default() });
        }
        let picture = model.picture();
        assert_eq!(picture.recent, picture.ever);
        assert_eq!(picture.ever.run_samples(), 10);
        assert_eq!(picture.ever.torn, 10);
        assert_eq!(
            picture.ever.doings,
            Doings { samples: 20, busy: 10, holds_gil: 10, ..Doings::default() }
        );
        assert_eq!(picture.places.len(), 1);
        assert_eq!(picture.places[0].ever.total, 10);
        assert_eq!(picture.threads.len(), 2);
    }

    #[test]
    fn shares_are_of_the_time_or_of_the_busy_samples_where_these_are_more() {
        let mut model = Aggregate::default();
        let busy = State { on_cpu: true, ..State::default() };
        model.tick(Duration::ZERO, 0);
        model.add(1, &Sweep::default());
        assert_eq!(model.picture().ever.run_samples(), 1);
        model.tick(Duration::from_secs(1), 7);
        for pid in 1..=3 {
            let samples = vec![sample(pid, busy)];
            model.add(pid, &Sweep { samples, ..Sweep::default() });
        }
        assert_eq!(model.picture().ever.run_samples(), 3);
        assert_eq!((model.sweeps(), model.picture().ever.missed), (2, 7));
    }
}
