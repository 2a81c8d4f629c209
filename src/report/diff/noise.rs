//! Which differences two recordings of one and the same program may have.

use super::measure::Side;
use super::numbers;

/// Standard deviations beyond which a difference is told: of a thousand that are noise, one is told.
const DEVIATIONS: f64 = 3.3;

/// How much the same work differs from one run to the next, as a part of it: the clock of the
/// processor, the layout of memory, neighbours on the machine.
const DRIFT: f64 = 0.05;

/// Part of the longer run below which a difference matters to nobody.
const LEAST: f64 = 0.005;

/// Largest difference of so many samples before and after that may be of the same time.
pub(super) fn bound([before, after]: &[Side<'_>; 2], samples: u64, samples_after: u64) -> f64 {
    let (old, new) = (before.amount(samples), after.amount(samples_after));
    let sampling = before.deviation(samples).powi(2) + after.deviation(samples_after).powi(2);
    let drift = (DRIFT * old.max(new)).powi(2);
    let run = before.run.max(after.run);
    (DEVIATIONS * (sampling + drift).sqrt()).max(LEAST * run)
}

/// What that means, in sentences.
pub(super) fn described() -> Vec<String> {
    let (drift, least) = (numbers::percent(DRIFT), numbers::percent(LEAST));
    vec![
        format!(
            "Two recordings of the same program are never alike: other instants are sampled, and the \
             work itself takes about {drift} more or less."
        ),
        format!(
            "A difference is told when it is larger than {DEVIATIONS} standard deviations of that \
             (chance alone gives one in a thousand) and than {least} of the longer run. Everything \
             else is called noise."
        ),
    ]
}
