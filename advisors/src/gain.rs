//! What a fix is worth: ratios measured on each advisor's pair, and what they mean for a hotspot.

use crate::{Heat, Python};

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
    /// Time as written over time as advised.
    pub ratio: Ratio,
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
    /// Lower end of the 95 % interval.
    pub saved_low: f64,
    /// Upper end of the 95 % interval.
    pub saved_high: f64,
}

impl GainTable {
    /// The ratio at `size` on `python`: interpolated between measured sizes on a log-log scale,
    /// never extrapolated beyond the largest. The nearest measured version stands in for one that
    /// was not measured. `None` when nothing was measured.
    pub fn ratio(&self, python: Python, size: u64) -> Option<Ratio> {
        todo!("interpolate {python} {size} {:?}", self.rows)
    }
}

impl Gain {
    /// The gain of making `heat` faster by `ratio`.
    pub fn of(heat: &Heat, ratio: Ratio) -> Self {
        todo!("{heat:?} {ratio:?}")
    }
}
