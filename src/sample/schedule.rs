//! Which samples are looked at for their operands, and what each look stands for.
//!
//! A place is looked at from its second sample on: a place that was met once is not hot, and most
//! places of a program are never met again. Then every sample is looked at until there are
//! [`DENSE`], and from there the next look comes when the samples have grown by a factor of
//! [`GROWTH`]. So a place costs a few dozen looks however long the recording is (8 + 5 for each
//! doubling), they cover all of it, and a look weighs as many samples as came since the last: the
//! weighted median of the looks is the median over the samples.
//!
//! All looks together stay within [`limits::LOOKS_CPU`] of processor time in a second of
//! recording, from its first second on. What is not spent is kept for up to a second; a look that
//! has to wait for budget takes the weight of its turn along.

use std::sync::Arc;
use std::time::Duration;

use advisors::Place;
use rustc_hash::FxHashMap;

use crate::limits;
use crate::sample::Code;

/// Samples of a place up to which every one is looked at.
const DENSE: u64 = 8;
/// By how much the samples of a place grow from one look to the next, beyond those: a factor, in
/// hundredths.
const GROWTH: u64 = 115;

/// The turns of the places of one recording, and the processor time that is left for looks.
#[derive(Debug, Default)]
pub struct Schedule {
    places: FxHashMap<(CodeAddress, Place), Turn>,
    budget: Budget,
}

/// A code object by identity; the schedule holds it, so that no other can be mistaken for it.
#[derive(Debug, Clone)]
struct CodeAddress(Arc<Code>);

/// Where a place stands.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Samples so far.
    samples: u64,
    /// Samples at the last look.
    looked: u64,
    /// The count of samples at which it is looked at next.
    next: u64,
}

/// Processor time that looks may use: nothing at first, refilled as the recording goes on.
#[derive(Debug, Default)]
struct Budget {
    /// Below 0 when overdrawn.
    left_ns: i64,
    /// When it was last refilled, since the start of the recording.
    at: Duration,
}

impl Schedule {
    /// A schedule in which nothing was seen yet; the recording begins at time 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that the recording has gone on until `now`, counted from its start, and so refills the
    /// budget. Called once a sweep, before its looks.
    pub fn now(&mut self, now: Duration) {
        self.budget.refill(now);
    }

    /// Counts a sample on `place` of `code`. When it is to be looked at, gives how many samples
    /// the look stands for: those since the last look at the place, this one included.
    pub fn due(&mut self, code: &Arc<Code>, place: Place) -> Option<u32> {
        let key = (CodeAddress(code.clone()), place);
        if self.places.len() >= limits::SCHEDULED_PLACES && !self.places.contains_key(&key) {
            self.places.clear();
        }
        let turn = self.places.entry(key).or_insert(Turn::FIRST);
        turn.samples += 1;
        (turn.samples >= turn.next && self.budget.has_some()).then(|| turn.take())
    }

    /// Says that a look at `place` of `code`, for which `due` gave `weight`, came to nothing. The
    /// place is due again at its next sample, and the weight is carried over: short calls, which
    /// are over before they are read, would otherwise use up their turns unseen.
    pub fn missed(&mut self, code: &Arc<Code>, place: Place, weight: u32) {
        if let Some(turn) = self.places.get_mut(&(CodeAddress(code.clone()), place)) {
            turn.looked = turn.samples.saturating_sub(weight.into());
            turn.next = turn.samples + 1;
        }
    }

    /// Takes what a look cost from the budget.
    pub fn spent(&mut self, cpu: Duration) {
        self.budget.spend(cpu);
    }
}

impl Turn {
    /// No sample yet, and a look at the second.
    const FIRST: Self = Self { samples: 0, looked: 0, next: 2 };

    fn take(&mut self) -> u32 {
        let weight = self.samples - self.looked;
        self.looked = self.samples;
        self.next = if self.samples < DENSE {
            self.samples + 1
        } else {
            (self.samples.saturating_mul(GROWTH)).div_ceil(100)
        };
        u32::try_from(weight).unwrap_or(u32::MAX)
    }
}

impl Budget {
    fn has_some(&self) -> bool {
        self.left_ns > 0
    }

    fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        let second = nanoseconds(limits::LOOKS_CPU);
        let earned = passed.as_secs_f64() * second as f64;
        // Less than a nanosecond's worth is left for the next time, lest it be lost in rounding.
        if earned >= 1.0 {
            self.left_ns = self.left_ns.saturating_add(earned as i64).min(second);
            self.at = now;
        }
    }

    /// A look's cost is known only afterwards, so the budget may be overdrawn by one; later looks
    /// wait until that is made up.
    fn spend(&mut self, cpu: Duration) {
        self.left_ns = self.left_ns.saturating_sub(nanoseconds(cpu));
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

impl PartialEq for CodeAddress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CodeAddress {}

impl std::hash::Hash for CodeAddress {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Untrusted;

    fn code(name: &str) -> Arc<Code> {
        let (name, file) = (Untrusted::new(name), Untrusted::new("app.py"));
        Arc::new(Code { name, file, first_line: 1 })
    }

    /// A schedule with a second's budget.
    fn rested() -> Schedule {
        let mut schedule = Schedule::new();
        schedule.now(Duration::from_secs(1));
        schedule
    }

    /// The turns (sample number, weight) that a place gets in so many samples, without want.
    fn turns(samples: u64) -> Vec<(u64, u32)> {
        let (mut schedule, code) = (rested(), code("f"));
        let place = Place::line(3);
        let turns = (1..=samples).map(|n| (n, schedule.due(&code, place)));
        turns.filter_map(|(n, weight)| Some((n, weight?))).collect()
    }

    #[test]
    fn a_place_met_once_is_not_looked_at() {
        assert_eq!(turns(1), []);
    }

    #[test]
    fn the_first_samples_are_all_looked_at_but_for_the_very_first() {
        let expected = [(2, 2), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (8, 1), (10, 2), (12, 2)];
        assert_eq!(turns(13), expected);
    }

    #[test]
    fn a_long_recording_costs_a_few_dozen_looks_that_weigh_all_of_it() {
        let turns = turns(30_000);
        assert!((40..=70).contains(&turns.len()), "{} looks", turns.len());
        let weighed: u64 = turns.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let (last, _) = turns.last().expect("there are looks");
        assert_eq!(weighed, *last);
        assert!(*last > 30_000 * 100 / GROWTH, "the last look was at {last}");
    }

    #[test]
    fn places_and_code_objects_are_told_apart() {
        let mut schedule = rested();
        let (one, equal) = (code("f"), code("f"));
        assert_eq!(one, equal);
        let place = Place { columns: Some((0, 5)), ..Place::line(3) };
        assert_eq!(schedule.due(&one, place), None);
        assert_eq!(schedule.due(&equal, place), None);
        assert_eq!(schedule.due(&one, Place::line(3)), None);
        assert_eq!(schedule.due(&one, place), Some(2));
    }

    #[test]
    fn without_budget_a_look_waits_and_keeps_its_weight() {
        let (mut schedule, code) = (rested(), code("f"));
        let place = Place::line(1);
        assert_eq!(schedule.due(&code, place), None);
        schedule.spent(2 * limits::LOOKS_CPU);
        assert_eq!(schedule.due(&code, place), None);
        schedule.now(Duration::from_millis(1_900));
        assert_eq!(schedule.due(&code, place), None);
        schedule.now(Duration::from_millis(2_100));
        assert_eq!(schedule.due(&code, place), Some(4));
    }

    #[test]
    fn a_look_that_came_to_nothing_is_made_up_for() {
        let (mut schedule, code) = (rested(), code("f"));
        let place = Place::line(1);
        let turns = std::iter::repeat_with(|| schedule.due(&code, place)).take(42);
        let taken: u32 = turns.flatten().sum();
        let weight = loop {
            if let Some(weight) = schedule.due(&code, place) {
                break weight;
            }
        };
        assert!(taken > 30 && weight > 1, "{taken} samples, then {weight} at once");
        schedule.missed(&code, place, weight);
        assert_eq!(schedule.due(&code, place), Some(weight + 1));
    }

    #[test]
    fn looks_stay_within_the_budget_however_often_they_are_due() {
        const COST: Duration = Duration::from_micros(150);
        let mut schedule = Schedule::new();
        let codes: Vec<_> = (0..500).map(|n| code(&n.to_string())).collect();
        let mut spent = Duration::ZERO;
        for millisecond in 0..20_000_u32 {
            let now = Duration::from_millis(millisecond.into());
            schedule.now(now);
            let place = Place::line(millisecond % 7);
            if schedule.due(&codes[millisecond as usize % 500], place).is_some() {
                schedule.spent(COST);
                spent += COST;
            }
            let allowed = limits::LOOKS_CPU.mul_f64(now.as_secs_f64()) + COST;
            assert!(spent <= allowed, "{spent:?} of {allowed:?} at {now:?}");
        }
        assert!(spent >= limits::LOOKS_CPU * 10, "the budget was used: {spent:?}");
    }

    #[test]
    fn what_is_not_spent_is_kept_for_no_more_than_a_second() {
        let mut schedule = Schedule::new();
        schedule.now(Duration::from_secs(3_600));
        assert!(schedule.budget.has_some());
        schedule.spent(limits::LOOKS_CPU);
        assert!(!schedule.budget.has_some());
    }

    #[test]
    fn frequent_refills_add_up() {
        let mut schedule = Schedule::new();
        for microseconds in 0..=500_000 {
            schedule.now(Duration::from_micros(microseconds));
        }
        let half = nanoseconds(limits::LOOKS_CPU) / 2;
        let off = (schedule.budget.left_ns - half).abs();
        assert!(off <= half / 50, "{} ns instead of {half}", schedule.budget.left_ns);
    }

    #[test]
    fn the_places_held_are_bounded() {
        let (mut schedule, code) = (Schedule::new(), code("f"));
        for line in 0..limits::SCHEDULED_PLACES as u32 + 10 {
            schedule.due(&code, Place::line(line));
        }
        assert!(schedule.places.len() <= limits::SCHEDULED_PLACES);
    }
}
