//! The check that findings have to pass: what is said of it, and its exit code.

use super::failure::Failure;
use super::terminal::{Manner, Stream};
use crate::advise::{Advice, Finding};
use crate::gate::{Breach, Gate, Verdict};
use crate::profile::Profile;
use crate::report::{names, numbers};

/// Exit code when the check that was asked for fails.
const CHECK_FAILED: u8 = 1;

/// Judges the findings, says what fails the check, and gives the exit code.
pub(super) fn judge(gate: &Gate, profile: &Profile, advice: &Advice, manner: Manner) -> u8 {
    if !gate.is_asked() {
        return 0;
    }
    let verdict = gate.judge(profile, advice);
    for unlooked in advice.unlooked.iter().filter(|_| advice.sources_missing) {
        manner.note(&format!(
            "the check saw nothing of {}: {}",
            unlooked.what.terminal(),
            unlooked.why
        ));
    }
    if verdict.breaches.is_empty() {
        manner.note(&format!("the check passed{}", known(&verdict)));
        return 0;
    }
    failure(&verdict, profile).print(manner.colors(Stream::Stderr));
    CHECK_FAILED
}

fn known(verdict: &Verdict<'_>) -> String {
    match verdict.known {
        0 => String::new(),
        known => format!("; {} in the baseline", numbers::count(known as u64, "finding")),
    }
}

fn failure(verdict: &Verdict<'_>, profile: &Profile) -> Failure {
    let fail = match verdict.breaches.len() {
        1 => "1 finding fails the check".to_owned(),
        more => format!("{} fail the check", numbers::count(more as u64, "finding")),
    };
    let failure = Failure::new(format!("{fail}{}", known(verdict)));
    let first = verdict.breaches[0].finding.advisor;
    verdict
        .breaches
        .iter()
        .fold(failure, |failure, breach| failure.because(told(breach, profile)))
        .help(format!("what to write instead: unslow explain {first}"))
        .help(format!("to keep it as it is, end its line with: # unslow: ignore[{first}] reason"))
}

fn told(breach: &Breach<'_>, profile: &Profile) -> String {
    let Finding { advisor, file, place, heat, .. } = breach.finding;
    let place = names::place(&profile.target, file, *place).terminal();
    let share = numbers::percent(heat.share);
    let saving = match breach.finding.saving() {
        Some(saved) => format!(", saves about {}", numbers::percent(saved)),
        None => String::new(),
    };
    let why = match breach.condition {
        Some(condition) => format!("--fail-on {condition}"),
        None => "not in the baseline".to_owned(),
    };
    format!("{advisor} at {place}: {share} of the run{saving} ({why})")
}
