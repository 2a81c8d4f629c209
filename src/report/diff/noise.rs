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
pub(super) fn bound(sides: &[Side<'_>; 2], samples: u64, samples_after: u64) -> f64 {
    let [before, after] = [(0, samples), (1, samples_after)].map(|(side, samples)| {
        let side: &Side<'_> = &sides[side];
        let (least, most) = side.without_waits(samples);
        let (told, deviation) = (side.amount(samples), side.deviation(samples));
        Amount { told, deviation, least, most }
    });
    let run = sides[0].run.max(sides[1].run);
    let sampling = before.deviation.powi(2) + after.deviation.powi(2);
    let drift = (DRIFT * before.told.max(after.told)).powi(2);
    let bound = (DEVIATIONS * (sampling + drift).sqrt()).max(LEAST * run);
    let changed_surely = (after.least - before.most).max(before.least - after.most);
    let told = (after.told - before.told).abs();
    if changed_surely > bound { bound } else { bound.max(told) }
}

/// What something took in one recording.
struct Amount {
    told: f64,
    deviation: f64,
    /// What it would be if nobody had waited for a processor.
    least: f64,
    most: f64,
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
        "Where threads waited for a processor that others had, all of that may have been at one place, \
         while others were busy: a difference has to be larger by as much."
            .to_owned(),
    ]
}
