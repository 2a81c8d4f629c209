//! The check that findings have to pass: what is said of it, and its exit code.

use super::FAILED;
use super::failure::Failure;
use super::terminal::{Manner, Stream};
use crate::advise::{Advice, Finding};
use crate::gate::{Blind, Breach, Gate, Verdict, judged_without_values};
use crate::profile::Profile;
use crate::report::{names, numbers, sentences};

/// Exit code when the check that was asked for fails.
const CHECK_FAILED: u8 = 1;

/// Reasons for which a check could not be made that are told.
const TOLD: usize = 5;

/// Judges the findings, says what fails the check, and gives the exit code. A check that may not have
/// seen what would fail it does not pass.
pub(super) fn judge(gate: &Gate, profile: &Profile, advice: &Advice, manner: Manner) -> u8 {
    if !gate.is_asked() {
        return 0;
    }
    let verdict = gate.judge(profile, advice);
    let (failure, code) = match (&verdict.breaches[..], &verdict.blind[..]) {
        ([], []) => {
            let left_out = match advice.leaves_out_files {
                true => "; hot files were left out that `paths` in [tool.unslow] does not name",
                false => "",
            };
            let without = match judged_without_values(profile, advice) {
                true => ", as far as can be told without values",
                false => "",
            };
            manner.note(&format!("the check passed{without}{}{left_out}", known(&verdict)));
            return 0;
        }
        ([], blind) => (could_not_look(blind, profile, advice), FAILED),
        (_, blind) => {
            blind
                .iter()
                .for_each(|it| manner.note(&format!("the check saw only a part: {}", why(it))));
            (failure(gate, &verdict, profile), CHECK_FAILED)
        }
    };
    failure.print(manner.colors(Stream::Stderr));
    code
}

fn could_not_look(blind: &[Blind<'_>], profile: &Profile, advice: &Advice) -> Failure {
    let failure =
        Failure::new("the check could not be made: what would fail it may not have been seen");
    let more = numbers::count(blind.len().saturating_sub(TOLD) as u64, "more reason");
    let failure = blind.iter().take(TOLD).fold(failure, |failure, it| {
        let failure = failure.because(why(it));
        match it {
            Blind::Source(_) => failure
                .help("which files are to be looked at at all: `paths` in [tool.unslow] of pyproject.toml"),
            Blind::FewSamples(_) => glimpsed(failure, profile, advice)
                .help("take more samples: -r 1khz, or give the program more to do"),
            Blind::Values => failure
                .help("values are read from CPython 3.11 and later, by unslow itself, and not from free-threaded builds")
                .help("to let what is told without them pass: --without-values, or without-values = true in [tool.unslow]"),
        }
    });
    match blind.len() > TOLD {
        true => failure.because(format!("and {more}: unslow report PROFILE")),
        false => failure,
    }
}

/// With what was found in too few samples to be judged.
fn glimpsed(failure: Failure, profile: &Profile, advice: &Advice) -> Failure {
    let glimpsed = advice.findings.iter().filter(|finding| !finding.is_known).take(TOLD);
    glimpsed.fold(failure, |failure, finding| {
        let Finding { advisor, file, place, .. } = finding;
        let place = names::place(&profile.target, file, *place).terminal();
        let share = sentences::share_briefly(finding, profile);
        failure.because(format!("{advisor} at {place} was seen in {share}"))
    })
}

fn why(blind: &Blind<'_>) -> String {
    match blind {
        Blind::Source(unlooked) => format!("{}: {}", unlooked.what.terminal(), unlooked.why),
        Blind::FewSamples(samples) => {
            format!("{} of the run, too few to say", numbers::count(*samples, "sample"))
        }
        Blind::Values => {
            "what attributes, globals and parameters held was not seen, and advice on them left out"
                .to_owned()
        }
    }
}

fn known(verdict: &Verdict<'_>) -> String {
    match verdict.known {
        0 => String::new(),
        known => format!("; {} in the baseline", numbers::count(known as u64, "finding")),
    }
}

fn failure(gate: &Gate, verdict: &Verdict<'_>, profile: &Profile) -> Failure {
    let fail = match verdict.breaches.len() {
        1 => "1 finding fails the check".to_owned(),
        more => format!("{} fail the check", numbers::count(more as u64, "finding")),
    };
    let failure = Failure::new(format!("{fail}{}", known(verdict)));
    let first = verdict.breaches[0].finding.advisor;
    verdict
        .breaches
        .iter()
        .fold(failure, |failure, breach| failure.because(told(gate, breach, profile)))
        .help(format!("what to write instead: unslow explain {first}"))
        .help(format!("to keep it as it is, end its line with: # unslow: ignore[{first}] reason"))
}

fn told(gate: &Gate, breach: &Breach<'_>, profile: &Profile) -> String {
    let Finding { advisor, file, place, heat, .. } = breach.finding;
    let place = names::place(&profile.target, file, *place).terminal();
    let (share, whole) = (numbers::percent(heat.share), sentences::whole(breach.finding, profile));
    let saving = sentences::saves_about(breach.finding, profile);
    let saving = saving.map(|saving| format!(", {saving}")).unwrap_or_default();
    let why = match breach.condition {
        Some(condition) if gate.of_project => {
            format!("`fail-on` in [tool.unslow]: {condition}")
        }
        Some(condition) => format!("--fail-on {condition}"),
        None => "not in the baseline".to_owned(),
    };
    format!("{advisor} at {place}: {share} {whole}{saving} ({why})")
}
