//! When to sample: jittered instants, so that a program's own rhythm cannot hide from them.

use std::time::{Duration, Instant};

use crate::limits;

/// Longest sleep at a time, so that a stop flag that is looked at between waits is seen soon.
const NAP: Duration = Duration::from_millis(50);

/// One sampling instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When it came, since the ticker was made.
    pub at: Duration,
    /// Instants that passed before anyone was ready for them; they are not made up for.
    pub missed: u64,
}

/// Gives one instant in each period, uniformly placed within it.
#[derive(Debug)]
pub struct Ticker {
    start: Instant,
    period: Duration,
    next_period: u64,
    jitter: Jitter,
}

impl Ticker {
    /// A ticker of `rate_hz` instants a second, clamped to what is accepted
    /// (0.01 to [`limits::RATE_HZ`]).
    pub fn new(rate_hz: f64) -> Self {
        let rate = if rate_hz.is_finite() { rate_hz.clamp(0.01, limits::RATE_HZ) } else { 100.0 };
        let start = Instant::now();
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        Self {
            start,
            period: Duration::from_secs_f64(1.0 / rate),
            next_period: 0,
            jitter: Jitter(seed),
        }
    }

    /// Sleeps until the next instant.
    pub fn wait(&mut self) -> Tick {
        self.wait_unless(|| false).unwrap_or(Tick { at: self.start.elapsed(), missed: 0 })
    }

    /// Sleeps until the next instant; gives `None` within about 50 ms of `stop` turning true.
    pub fn wait_unless(&mut self, stop: impl Fn() -> bool) -> Option<Tick> {
        let (due, missed) = self.plan(self.start.elapsed());
        loop {
            let at = self.start.elapsed();
            let left = due.saturating_sub(at);
            // Between two instants it is asked once, however close they are: it costs a system call.
            if (left.is_zero() || left > NAP) && stop() {
                return None;
            }
            if left.is_zero() {
                return Some(Tick { at, missed });
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    /// The next instant that is still to come, and how many whole periods were let pass.
    fn plan(&mut self, now: Duration) -> (Duration, u64) {
        let current = u64::try_from(now.as_nanos() / self.period.as_nanos()).unwrap_or(u64::MAX);
        let missed = current.saturating_sub(self.next_period);
        let chosen = self.next_period.max(current);
        self.next_period = chosen + 1;
        let start = Duration::from_nanos_u128(self.period.as_nanos() * u128::from(chosen));
        (start + self.period.mul_f64(self.jitter.fraction()), missed)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): enough to break a rhythm, no crate needed.
#[derive(Debug)]
struct Jitter(u64);

impl Jitter {
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn ticker(rate_hz: f64) -> Ticker {
        Ticker { jitter: Jitter(7), ..Ticker::new(rate_hz) }
    }

    #[test]
    fn every_period_has_one_instant_somewhere_in_it() {
        let mut ticker = ticker(100.0);
        let mut places = Vec::new();
        for period in 0..1000 {
            let (due, missed) = ticker.plan(millis(period * 10));
            assert_eq!(missed, 0);
            let place = due - millis(period * 10);
            assert!(place < millis(10));
            places.push(place.as_secs_f64() * 100.0);
        }
        let mean = places.iter().sum::<f64>() / 1000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(places.iter().any(|&p| p < 0.05) && places.iter().any(|&p| p > 0.95));
    }

    #[test]
    fn what_was_missed_is_counted_and_not_made_up() {
        let mut ticker = ticker(100.0);
        assert_eq!(ticker.plan(millis(0)).1, 0);
        let (due, missed) = ticker.plan(millis(55));
        assert_eq!(missed, 4, "the periods from 10 to 50 ms");
        assert!((millis(50)..millis(60)).contains(&due));
        let (due, missed) = ticker.plan(millis(59));
        assert_eq!(missed, 0);
        assert!((millis(60)..millis(70)).contains(&due));
    }

    #[test]
    fn a_stop_is_seen_soon() {
        let mut ticker = ticker(0.01);
        let asked = Instant::now();
        let stop = || asked.elapsed() > millis(10);
        assert_eq!(ticker.wait_unless(stop), None);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_senseless_rate_does_not_panic() {
        for rate in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300] {
            let mut ticker = Ticker::new(rate);
            ticker.plan(millis(1));
        }
    }
}
