//! What a fix is worth: ratios measured on each advisor's pair, and what they mean for a hotspot.

use crate::{Case, Heat, Python};

/// What an advisor's pair measured, by CPython version and size. Written by the benchmark.
#[derive(Debug, Clone, Copy)]
pub struct GainTable {
    /// One row a measurement, sorted by version, then size.
    pub rows: &'static [GainRow],
}

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GainRow {
    /// The CPython it was measured on (major, minor).
    pub python: (u8, u8),
    /// The operand's length.
    pub size: u64,
    /// Time as written over time as advised, of all that the pair does.
    pub ratio: Ratio,
    /// The part of the time as written that the finding told of: the rest is what surrounds the
    /// operation, and stays as it is. Above 0, at most 1; that where it was not measured.
    pub share: f64,
}

/// How many times faster, with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The median.
    pub value: f64,
    /// The lowest that was measured.
    pub low: f64,
    /// The highest that was measured.
    pub high: f64,
}

/// What a fix saves, as shares of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gain {
    /// Share of the run's time that goes away, 0 to 1; never above the hotspot's share.
    pub saved: f64,
    /// Lower end of the interval: that of the share has 95 %, that of the ratio what was measured and a
    /// little more.
    pub saved_low: f64,
    /// Upper end of the 95 % interval.
    pub saved_high: f64,
}

/// How many times a ratio may be another when it is measured again. Of 876 that were measured twice, half
/// differed by 5.5 % and more, and one in ten by 28 %: a normal distribution with the former would have
/// 95 % within this; of these, with their long tail, it is fewer.
const REPRODUCED: f64 = 1.17;

/// How much faster an operation that goes away is said to become: all but a thousandth.
const GONE: f64 = 1_000.0;

/// Samples that the shares were told by: what they may be off by widens the interval.
const SHARE_SAMPLES: f64 = 500.0;

/// Share of the run that a fix must be expected to save to be worth a word.
const WORTH_SAYING: f64 = 0.01;

/// The same for a fix that may save next to nothing, that is less than half of it: such a share is told
/// by a handful of samples, and by chance.
const WORTH_TRYING: f64 = 0.03;

impl Case<'_> {
    /// What the advisor's fix saves of `heat` on operands of `size`; `None` when that is not worth
    /// a word or was never measured. Where no size was seen, that of `typical` is expected, and
    /// anything from nothing to the most that was measured is possible.
    pub fn gain(&self, heat: &Heat, size: Option<u64>, typical: u64) -> Option<Gain> {
        let ratio = match size {
            Some(size) => self.gains.ratio(self.python, size)?,
            None => Ratio {
                value: self.gains.ratio(self.python, typical)?.value,
                low: 1.0,
                high: self.gains.highest(self.python)?,
            },
        };
        Some(Gain::of(heat, ratio)).filter(Gain::worth_saying)
    }
}

impl GainTable {
    /// How much faster the operation becomes at `size` on `python`: interpolated between measured sizes
    /// on a log-log scale, that of the smallest and largest size beyond them. The nearest measured version stands in
    /// for one that was not measured. `None` when nothing was measured.
    pub fn ratio(&self, python: Python, size: u64) -> Option<Ratio> {
        let rows = self.nearest(python);
        let above = rows.iter().position(|row| row.size >= size);
        match above {
            None => rows.last().map(GainRow::of_operation),
            Some(0) => rows.first().map(GainRow::of_operation),
            Some(index) => Some(between(&rows[index - 1], &rows[index], size)),
        }
    }

    /// All sizes that were measured, smallest first.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes: Vec<u64> = self.rows.iter().map(|row| row.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// The highest that was measured on `python` at any size.
    pub fn highest(&self, python: Python) -> Option<f64> {
        self.nearest(python).iter().map(|row| row.of_operation().high).max_by(f64::total_cmp)
    }

    /// The smallest size at which even the lowest measurement on `python` was `ratio` times faster.
    pub fn surely_pays_from(&self, python: Python, ratio: f64) -> Option<u64> {
        self.nearest(python).iter().find(|row| row.ratio.low > ratio).map(|row| row.size)
    }

    /// The size from which on all that was measured on `python` became at least `ratio` times faster;
    /// `None` where the largest did not.
    pub fn pays_from(&self, python: Python, ratio: f64) -> Option<u64> {
        let rows = self.nearest(python).iter().rev();
        rows.take_while(|row| row.ratio.value >= ratio).last().map(|row| row.size)
    }

    fn nearest(&self, python: Python) -> &'static [GainRow] {
        let distance = |row: &GainRow| {
            let (major, minor) = row.python;
            major.abs_diff(python.major) as u32 * 256 + minor.abs_diff(python.minor) as u32
        };
        let Some(version) = self.rows.iter().min_by_key(|row| distance(row)).map(|row| row.python)
        else {
            return &[];
        };
        let start = self.rows.partition_point(|row| row.python < version);
        let end = self.rows.partition_point(|row| row.python <= version);
        &self.rows[start..end]
    }
}

impl GainRow {
    /// How much faster the operation itself became: what the pair saves was saved of its share.
    fn of_operation(&self) -> Ratio {
        let of = |ratio: f64, share: f64| {
            let left = 1.0 - (1.0 - 1.0 / ratio) / share;
            if share < 1.0 { 1.0 / left.max(1.0 / GONE) } else { ratio }
        };
        let (Ratio { value, low, high }, share) = (self.ratio, self.share);
        let spread = 2.0 * (share * (1.0 - share) / SHARE_SAMPLES).sqrt();
        Ratio {
            value: of(value, share),
            low: of(low / REPRODUCED, share + spread),
            high: of(high * REPRODUCED, share - spread),
        }
    }
}

fn between(below: &GainRow, above: &GainRow, size: u64) -> Ratio {
    let log = |size: u64| (size.max(1) as f64).ln();
    let way = (log(size) - log(below.size)) / (log(above.size) - log(below.size));
    let mix = |a: f64, b: f64| (a.ln() + way * (b.ln() - a.ln())).exp();
    let (below, above) = (below.of_operation(), above.of_operation());
    Ratio {
        value: mix(below.value, above.value),
        low: mix(below.low, above.low),
        high: mix(below.high, above.high),
    }
}

impl Gain {
    /// The gain of making `heat` faster by `ratio`: `share x (1 - 1 / ratio)`. The interval takes
    /// the worst and the best of both.
    pub fn of(heat: &Heat, ratio: Ratio) -> Self {
        let saved = |share: f64, ratio: f64| share * (1.0 - 1.0 / ratio.max(1.0));
        Self {
            saved: saved(heat.share, ratio.value),
            saved_low: saved(heat.share_low, ratio.low),
            saved_high: saved(heat.share_high, ratio.high),
        }
    }

    /// The same where the fix may do away with all of `heat`: how much it leaves depends on what the pair
    /// has only one of, as how often is asked.
    pub fn up_to_all(self, heat: &Heat) -> Self {
        Self { saved_high: heat.share_high, ..self }
    }

    /// Whether at least 1 % of the run is expected to go away, or 3 % where it may be less than half a
    /// per cent.
    pub fn worth_saying(&self) -> bool {
        let is_sure = self.saved_low >= WORTH_SAYING / 2.0;
        self.saved >= if is_sure { WORTH_SAYING } else { WORTH_TRYING }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn row(minor: u8, size: u64, value: f64) -> GainRow {
        GainRow {
            python: (3, minor),
            size,
            ratio: Ratio { value, low: value / 2.0, high: value * 2.0 },
            share: 1.0,
        }
    }

    const TABLE: GainTable = GainTable {
        rows: &[row(9, 10, 2.0), row(12, 10, 4.0), row(12, 1_000, 400.0), row(13, 10, 5.0)],
    };

    fn ratio(minor: u8, size: u64) -> f64 {
        TABLE.ratio(Python::new(3, minor), size).unwrap().value
    }

    #[test]
    fn sizes_between_are_interpolated_log_log_and_beyond_are_flat() {
        assert!((ratio(12, 100) - 40.0).abs() < 1e-9);
        assert_eq!(ratio(12, 1_000_000), 400.0);
        assert_eq!(ratio(12, 1), 4.0);
        assert_eq!(ratio(12, 0), 4.0);
    }

    #[test]
    fn the_highest_may_be_at_any_size() {
        const FALLING: GainTable = GainTable { rows: &[row(12, 10, 4.0), row(12, 1_000, 2.0)] };
        assert_eq!(FALLING.highest(Python::new(3, 12)), Some(8.0 * REPRODUCED));
        assert_eq!(GainTable { rows: &[] }.highest(Python::new(3, 12)), None);
    }

    #[test]
    fn what_surrounds_the_operation_does_not_make_it_slower() {
        // Of 100 ms, 60 are the operation's; it is done in 10, and the other 40 stay: 50 ms.
        const HALF: GainTable = GainTable { rows: &[GainRow { share: 0.6, ..row(12, 10, 2.0) }] };
        let ratio = HALF.ratio(Python::new(3, 12), 10).unwrap();
        assert!((ratio.value - 6.0).abs() < 1e-9);
        // Measured again, half of the speed could be slower than before, and all that is saved chance.
        assert!(ratio.low < 1.0);
        // More is saved than the operation took.
        assert_eq!(ratio.high, GONE);
        assert_eq!(HALF.highest(Python::new(3, 12)), Some(GONE));
    }

    #[test]
    fn the_nearest_version_stands_in() {
        assert_eq!(ratio(8, 10), 2.0);
        assert_eq!(ratio(10, 10), 2.0);
        assert_eq!(ratio(14, 10), 5.0);
        assert!(GainTable { rows: &[] }.ratio(Python::new(3, 12), 10).is_none());
    }

    #[test]
    fn a_fix_surely_pays_from_the_first_size_whose_lowest_is_fast_enough() {
        assert_eq!(TABLE.surely_pays_from(Python::new(3, 12), 1.9), Some(10));
        assert_eq!(TABLE.surely_pays_from(Python::new(3, 12), 2.0), Some(1_000));
        assert_eq!(TABLE.surely_pays_from(Python::new(3, 13), 100.0), None);
    }

    #[test]
    fn a_fix_pays_from_a_size_on_if_it_does_at_all_larger_ones() {
        const DIP: GainTable =
            GainTable { rows: &[row(12, 1, 2.0), row(12, 10, 1.0), row(12, 100, 3.0)] };
        let from = |ratio| DIP.pays_from(Python::new(3, 12), ratio);
        assert_eq!((from(1.0), from(1.5), from(3.5)), (Some(1), Some(100), None));
        assert_eq!(GainTable { rows: &[] }.pays_from(Python::new(3, 12), 1.0), None);
    }

    #[test]
    fn a_gain_is_never_above_the_share_nor_below_nothing() {
        let heat = Heat::of(500, 500, 1_000);
        let gain = Gain::of(&heat, Ratio { value: 2.0, low: 0.5, high: 1e9 });
        assert!((gain.saved - 0.25).abs() < 1e-9);
        assert_eq!(gain.saved_low, 0.0);
        assert!(gain.saved_high <= heat.share_high);
        assert!(gain.worth_saying());
        assert!(!Gain::of(&heat, Ratio { value: 1.0, low: 1.0, high: 1.0 }).worth_saying());
    }

    #[test]
    fn what_may_go_away_whole_may_save_all_of_the_share() {
        let heat = Heat::of(500, 500, 1_000);
        let gain = Gain::of(&heat, Ratio { value: 2.0, low: 1.5, high: 2.5 });
        assert!(gain.saved_high < 0.33);
        assert_eq!(gain.up_to_all(&heat), Gain { saved_high: heat.share_high, ..gain });
    }

    #[test]
    fn what_may_save_nothing_has_to_promise_more() {
        let gain = |saved, saved_low| Gain { saved, saved_low, saved_high: 0.1 };
        assert!(gain(0.01, 0.005).worth_saying());
        assert!(!gain(0.01, 0.004).worth_saying());
        assert!(!gain(0.029, 0.0).worth_saying());
        assert!(gain(0.03, 0.0).worth_saying());
    }
}
