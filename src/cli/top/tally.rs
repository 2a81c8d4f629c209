//! Counts over the last few seconds, and since the start.

use std::ops::AddAssign;
use std::time::Duration;

/// One step of the sliding window.
const SLOT: Duration = Duration::from_millis(500);

/// Steps in the window.
const SLOTS: usize = 10;

/// How far back the window goes, in seconds.
pub(super) const WINDOW_SECONDS: u64 = (SLOT.as_millis() as u64 * SLOTS as u64) / 1000;

/// What time shares are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Span {
    /// The last seconds.
    #[default]
    Window,
    /// Everything since the start.
    Ever,
}

/// A step of the window, counted from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Slot(u64);

impl Slot {
    /// The step in which `elapsed` since the start lies.
    pub(super) fn of(elapsed: Duration) -> Self {
        Self(u64::try_from(elapsed.as_millis() / SLOT.as_millis()).unwrap_or(u64::MAX))
    }

    /// The time that the window which ends with this step covers by `elapsed`.
    pub(super) fn window(self, elapsed: Duration) -> Duration {
        let oldest = self.0.saturating_sub(SLOTS as u64 - 1);
        elapsed.saturating_sub(SLOT.saturating_mul(u32::try_from(oldest).unwrap_or(u32::MAX)))
    }
}

/// Counts in the window and since the start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally<C> {
    recent: [C; SLOTS],
    /// The latest step that was counted in.
    latest: Slot,
    ever: C,
}

impl<C: Copy + Default + AddAssign> Tally<C> {
    /// Counts in step `now`, which is none of the past.
    pub(super) fn add(&mut self, now: Slot, counts: C) {
        for missed in self.latest.0.saturating_add(1)..=now.0.min(self.latest.0 + SLOTS as u64) {
            self.recent[missed as usize % SLOTS] = C::default();
        }
        if now.0 > self.latest.0 + SLOTS as u64 {
            self.recent = [C::default(); SLOTS];
        }
        self.latest = self.latest.max(now);
        self.recent[self.latest.0 as usize % SLOTS] += counts;
        self.ever += counts;
    }

    /// The sum over a span that ends with step `now`.
    pub(super) fn over(&self, span: Span, now: Slot) -> C {
        match span {
            Span::Ever => self.ever,
            Span::Window => {
                let mut sum = C::default();
                let oldest = now.0.saturating_sub(SLOTS as u64 - 1);
                let kept = self.latest.0.saturating_sub(SLOTS as u64 - 1);
                for slot in oldest.max(kept)..=self.latest.0 {
                    sum += self.recent[slot as usize % SLOTS];
                }
                sum
            }
        }
    }

    /// Whether anything was counted within the window that ends with step `now`.
    pub(super) fn is_recent(&self, now: Slot) -> bool {
        self.latest.0 + SLOTS as u64 > now.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(number: u64) -> Slot {
        Slot::of(SLOT * u32::try_from(number).expect("small"))
    }

    fn window(tally: &Tally<u64>, now: u64) -> u64 {
        tally.over(Span::Window, slot(now))
    }

    #[test]
    fn counts_leave_the_window_and_stay_in_the_sum() {
        let mut tally = Tally::default();
        tally.add(slot(0), 3);
        tally.add(slot(0), 1);
        tally.add(slot(4), 10);
        assert_eq!([window(&tally, 4), window(&tally, 9), window(&tally, 10)], [14, 14, 10]);
        tally.add(slot(12), 100);
        assert_eq!([window(&tally, 12), window(&tally, 13), window(&tally, 14)], [110, 110, 100]);
        assert_eq!(window(&tally, 22), 0);
        assert_eq!(tally.over(Span::Ever, slot(22)), 114);
        assert!(tally.is_recent(slot(21)) && !tally.is_recent(slot(22)));
    }

    #[test]
    fn a_long_pause_leaves_nothing_of_what_was_before() {
        let mut tally = Tally::default();
        for now in 0..10 {
            tally.add(slot(now), 1);
        }
        tally.add(slot(10), 1);
        assert_eq!(window(&tally, 10), 10, "the oldest step makes room");
        tally.add(slot(1_000), 7);
        assert_eq!(window(&tally, 1_000), 7);
        assert_eq!(tally.over(Span::Ever, slot(1_000)), 18);
    }

    #[test]
    fn the_window_at_any_time_is_the_sum_of_its_steps() {
        // A walk with gaps of 0 to 12 steps, against plain sums.
        let mut tally = Tally::default();
        let mut events: Vec<(u64, u64)> = Vec::new();
        let mut now = 0;
        for (count, gap) in [0, 1, 3, 9, 10, 11, 12, 2, 0, 0, 5, 1].into_iter().enumerate() {
            now += gap;
            tally.add(slot(now), count as u64 + 1);
            events.push((now, count as u64 + 1));
            for later in 0..15 {
                let oldest = (now + later).saturating_sub(SLOTS as u64 - 1);
                let expected: u64 =
                    events.iter().filter(|(at, _)| *at >= oldest).map(|(_, count)| count).sum();
                assert_eq!(window(&tally, now + later), expected, "{now} + {later}");
            }
        }
    }
}
