//! Which differences two recordings of one and the same program may have.

use super::measure::Side;

/// Standard deviations beyond which a difference is told: of a thousand that are noise, one is told.
const DEVIATIONS: f64 = 3.3;

/// How much the same work differs from one run to the next, as a part of it: the clock of the
/// processor, the layout of memory, neighbours on the machine.
const DRIFT: f64 = 0.05;

/// Part of the longer run below which a difference matters to nobody.
const LEAST: f64 = 0.005;

/// Whether so many samples before and after may be of the same time.
pub(super) fn is_noise([before, after]: &[Side<'_>; 2], samples: u64, samples_after: u64) -> bool {
    let (old, new) = (before.amount(samples), after.amount(samples_after));
    let change = (new - old).abs();
    let sampling = before.deviation(samples).powi(2) + after.deviation(samples_after).powi(2);
    let drift = (DRIFT * old.max(new)).powi(2);
    let run = before.run.max(after.run);
    change <= DEVIATIONS * (sampling + drift).sqrt() || change < LEAST * run
}
