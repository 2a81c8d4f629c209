//! Which samples are looked at for their operands, and what each look stands for.
//!
//! The lines of a code object take turns, since a look tells all names of a line, whatever the
//! columns. A line is looked at from its second sample on, if it is on the stack of at least one in
//! [`HEAT`]: a line that was met once is not hot, and most lines are never met again. The next
//! look comes when its samples have grown by a factor of [`GROWTH`]. So a line costs a few dozen
//! looks however long the recording is (5 for each doubling, 1 where it is that of a caller), they
//! cover all of it, and a look weighs as many samples as came since the last: the weighted median of the looks is the median
//! over the samples.
//!
//! All looks together stay within [`limits::LOOKS_CPU`] of processor time in a second of
//! recording, and [`limits::LOOKS_AHEAD`] seconds' worth of it may be used ahead. After that, what is
//! not spent is kept for up to a second; a look that has to wait for budget takes the weight of its
//! turn along.

use std::sync::Arc;
use std::time::Duration;

use advisors::Place;
use rustc_hash::FxHashMap;

use crate::limits;
use crate::sample::Code;

/// A line is hot enough to be looked at when it is on the stack of one in so many samples: what the
/// budget buys goes to the lines that findings can be about.
const HEAT: u64 = 100;
/// By how much the samples of a line grow from one look to the next, for the innermost frame: a
/// factor, in hundredths.
const GROWTH: u64 = 115;
/// The same for a caller, whose operands matter less: the time goes by in the frame it called. The
/// innermost frame of the program's own code is none of these: what it hands to a library is what advice
/// is about. It keeps no reserve either: first looks at a library's many lines would use that up.
const CALLER_GROWTH: u64 = 200;
/// Samples of a line that its first looks stand for: these come before further looks at others, or a
/// program of many hot lines would use up the budget with the innermost.
const FIRST: u64 = 8;
/// Part of a second's budget that has to be left for a further look at a line; at that of a caller.
const RESERVE: f64 = 0.1;
const CALLER_RESERVE: f64 = 0.5;

/// The turns of the lines of one recording, and the processor time that is left for looks.
#[derive(Debug)]
pub struct Schedule {
    lines: FxHashMap<Line, Scheduled>,
    samples: u64,
    budget: Budget,
}

/// A line, by the address of its code object.
type Line = (usize, u32);

#[derive(Debug)]
struct Scheduled {
    /// Held so that no other can be taken for it.
    _code: Arc<Code>,
    turn: Turn,
}

/// What a frame is on its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rank {
    /// The innermost of all.
    Innermost,
    /// The innermost of the program's own code, where that is not the same.
    Own,
    /// Any other.
    Caller,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// Samples so far.
    samples: u64,
    /// Samples at the last look.
    looked: u64,
    /// The count of samples at which it is looked at next.
    next: u64,
}

/// Processor time that looks may use: some at first, refilled as the recording goes on.
#[derive(Debug)]
pub(super) struct Budget {
    /// What a second earns.
    second: Duration,
    /// Below 0 when overdrawn.
    left_ns: i64,
    /// When it was last refilled, since the start of the recording.
    at: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        let budget = Budget::new(limits::LOOKS_CPU);
        Self { lines: FxHashMap::default(), samples: 0, budget }
    }
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
    /// the look stands for: those since the last look at the line, this one included.
    pub fn due(&mut self, code: &Arc<Code>, place: Place, rank: Rank) -> Option<u32> {
        let key = line(code, place);
        if self.lines.len() >= limits::SCHEDULED_PLACES && !self.lines.contains_key(&key) {
            self.lines.clear();
        }
        self.samples += u64::from(rank == Rank::Innermost);
        let fresh = || Scheduled { _code: code.clone(), turn: Turn::FIRST };
        let turn = &mut self.lines.entry(key).or_insert_with(fresh).turn;
        turn.samples += 1;
        let (growth, reserve) = match rank {
            Rank::Innermost => (GROWTH, RESERVE),
            Rank::Own => (GROWTH, 0.0),
            Rank::Caller => (CALLER_GROWTH, CALLER_RESERVE),
        };
        let reserve = if turn.looked < FIRST { 0.0 } else { reserve };
        let hot = turn.is_hot(HEAT, self.samples);
        let affordable = self.budget.has_more_than(reserve);
        (turn.samples >= turn.next && hot && affordable).then(|| turn.take(growth))
    }

    /// Says that a look at `place` of `code`, for which `due` gave `weight`, came to nothing. The
    /// line is due again at its next sample, and the weight is carried over: short calls, which
    /// are over before they are read, would otherwise use up their turns unseen.
    pub fn missed(&mut self, code: &Arc<Code>, place: Place, weight: u32) {
        if let Some(Scheduled { turn, .. }) = self.lines.get_mut(&line(code, place)) {
            turn.looked = turn.samples.saturating_sub(weight.into());
            turn.next = turn.samples + 1;
        }
    }

    /// Says that a look at `place` of `code` has not seen all that it was for: the line is due again
    /// soon.
    pub fn again(&mut self, code: &Arc<Code>, place: Place) {
        if let Some(Scheduled { turn, .. }) = self.lines.get_mut(&line(code, place)) {
            turn.again();
        }
    }

    /// Takes what a look cost from the budget.
    pub fn spent(&mut self, cpu: Duration) {
        self.budget.spend(cpu);
    }
}

impl Turn {
    /// No sample yet, and a look at the second.
    pub(super) const FIRST: Self = Self { samples: 0, looked: 0, next: 2 };

    /// Counts a sample; whether a look is due, if there is the budget.
    pub(super) fn step(&mut self) -> bool {
        self.samples += 1;
        self.samples >= self.next
    }

    /// Whether at least one in so many of `all` was a sample of this one.
    pub(super) fn is_hot(&self, one_in: u64, all: u64) -> bool {
        self.samples.saturating_mul(one_in) >= all
    }

    /// The last look came to nothing: another is due soon.
    pub(super) fn again(&mut self) {
        const PART: u64 = 20;
        self.next = self.samples + 1 + self.samples / PART;
    }

    /// There is to be no further look.
    pub(super) fn end(&mut self) {
        self.next = u64::MAX;
    }

    pub(super) fn take(&mut self, growth: u64) -> u32 {
        let weight = self.samples - self.looked;
        self.looked = self.samples;
        self.next = (self.samples.saturating_mul(growth)).div_ceil(100);
        u32::try_from(weight).unwrap_or(u32::MAX)
    }
}

impl Budget {
    pub(super) fn new(second: Duration) -> Self {
        let left_ns = nanoseconds(second * limits::LOOKS_AHEAD);
        Self { second, left_ns, at: Duration::ZERO }
    }

    /// Whether more than that part of what a second earns is left.
    pub(super) fn has_more_than(&self, part: f64) -> bool {
        self.left_ns as f64 > part * nanoseconds(self.second) as f64
    }

    pub(super) fn refill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at);
        let second = nanoseconds(self.second);
        let earned = passed.as_secs_f64() * second as f64;
        // Less than a nanosecond's worth is left for the next time, lest it be lost in rounding.
        if earned >= 1.0 {
            let whole = earned as i64;
            self.left_ns = self.left_ns.saturating_add(whole).min(second.max(self.left_ns));
            let paid = Duration::from_secs_f64(whole as f64 / second as f64);
            self.at = (self.at + paid).min(now);
        }
    }

    /// A look's cost is known only afterwards, so the budget may be overdrawn by one; later looks
    /// wait until that is made up.
    pub(super) fn spend(&mut self, cpu: Duration) {
        self.left_ns = self.left_ns.saturating_sub(nanoseconds(cpu));
    }
}

fn line(code: &Arc<Code>, place: Place) -> Line {
    (Arc::as_ptr(code) as usize, place.line)
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
