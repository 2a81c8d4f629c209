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
    let amounts = [(0, samples), (1, samples_after)].map(|(side, samples)| {
        let side: &Side<'_> = &sides[side];
        (side.amount(samples), side.deviation(samples), side.waits.part)
    });
    let run = sides[0].run.max(sides[1].run);
    let bound_of = |[before, after]: [(f64, f64); 2]| {
        let sampling = before.1.powi(2) + after.1.powi(2);
        let drift = (DRIFT * before.0.max(after.0)).powi(2);
        (DEVIATIONS * (sampling + drift).sqrt()).max(LEAST * run)
    };
    let on_the_wall = amounts.map(|(amount, deviation, _)| (amount, deviation));
    let bound = bound_of(on_the_wall);
    // Who waits longer for a processor takes longer on the wall: what changed did so on a processor too.
    let on_a_processor = amounts
        .map(|(amount, deviation, waits)| (amount * (1.0 - waits), deviation * (1.0 - waits)));
    let change = |[before, after]: [(f64, f64); 2]| after.0 - before.0;
    let [told, worked] = [on_the_wall, on_a_processor].map(change);
    let is_work = told.signum() == worked.signum() && worked.abs() > bound_of(on_a_processor);
    if is_work { bound } else { bound.max(told.abs()) }
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
        "Where threads waited for a processor that others had, a difference has to be as clear in the \
         time that they had one; a wait is seen at one place for as long as it lasts, which counts as \
         one chance."
            .to_owned(),
    ]
}
