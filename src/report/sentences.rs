//! What there is to say about a finding, in words that are the same in every format.

use advisors::{Bytes, Gain, Safety, Worth};

use super::{numbers, quality};
use crate::advise::{Evidence, Finding, Fix, Operand, Unlooked};
use crate::profile::Profile;
use crate::text::Untrusted;

/// What was seen in the process, as short as can be.
pub(super) fn seen_briefly(finding: &Finding) -> String {
    if !finding.is_seen() {
        return "shape only".to_owned();
    }
    let first_two: Vec<_> = finding.evidence.iter().take(2).map(briefly).collect();
    first_two.join(", ")
}

fn briefly(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Operand(Operand { expression, type_name, lengths, .. }) => {
            let (name, kind) = (expression.terminal(), type_name.terminal());
            match lengths {
                Some(seen) => format!("{name}: {kind} of {}", numbers::thousands(seen.median)),
                None => format!("{name}: {kind}"),
            }
        }
        Evidence::Callee(function, share) => {
            format!("{}: {}", function.terminal(), numbers::percent(*share))
        }
        Evidence::Fact(fact) => fact.terminal(),
    }
}

/// How much of the run it is, with its interval; of too few samples, their number.
pub(super) fn share(finding: &Finding, profile: &Profile) -> String {
    of_few(finding, profile).unwrap_or_else(|| numbers::heat(&finding.heat))
}

/// The same without the interval.
pub(crate) fn share_briefly(finding: &Finding, profile: &Profile) -> String {
    of_few(finding, profile).unwrap_or_else(|| numbers::percent(finding.heat.share))
}

/// That of the place itself, for the mark under it: a finding may be about several.
pub(super) fn share_here(finding: &Finding, profile: &Profile) -> String {
    of_few(finding, profile).unwrap_or_else(|| numbers::percent(finding.heat.share_here))
}

/// `10 of 11 samples`, where the run has too few for a share.
fn of_few(finding: &Finding, profile: &Profile) -> Option<String> {
    let (seen, run) = (finding.heat.samples, profile.run_samples());
    let told = || format!("{} of {}", numbers::thousands(seen), numbers::count(run, "sample"));
    quality::too_few_of_run(profile).then(told)
}

/// What the fix saves, as short as can be.
pub(super) fn saving(finding: &Finding, profile: &Profile) -> String {
    match finding.worth {
        Worth::Time(_) if quality::too_few_of_run(profile) => "unknown".to_owned(),
        Worth::Time(gain) if gain.saved_high <= 0.0 => "unknown".to_owned(),
        Worth::Time(gain) => numbers::percent_interval(gain.saved_low, gain.saved_high),
        Worth::Memory(Bytes { low, high: None, .. }) => format!("{} or more", numbers::bytes(low)),
        Worth::Memory(bytes) => numbers::bytes(bytes.value),
        Worth::Correctness => "a pitfall".to_owned(),
    }
}

/// The same as a clause: `saves 38-44 %`; of what saves nothing, what it is about.
pub(super) fn saves_briefly(finding: &Finding, profile: &Profile) -> String {
    let saving = saving(finding, profile);
    match finding.worth {
        Worth::Time(_) | Worth::Memory(_) => format!("saves {saving}"),
        Worth::Correctness => saving,
    }
}

/// How much of the run the fix is expected to save, as a clause; `None` when that is not known.
pub(crate) fn saves_about(finding: &Finding, profile: &Profile) -> Option<String> {
    match finding.worth {
        _ if quality::too_few_of_run(profile) => None,
        Worth::Time(gain) if gain.saved_high <= 0.0 => None,
        Worth::Time(gain) if gain.saved_low > 0.0 => {
            Some(format!("saves about {}", numbers::percent(gain.saved)))
        }
        Worth::Time(gain) => {
            Some(format!("may save nothing, or up to {}", numbers::percent(gain.saved_high)))
        }
        Worth::Memory(_) | Worth::Correctness => None,
    }
}

/// What following the advice is worth; `None` when that is not known.
pub(super) fn worth(finding: &Finding, profile: &Profile) -> Option<String> {
    match finding.worth {
        Worth::Time(gain) if gain.saved_high > 0.0 && quality::too_few_of_run(profile) => {
            Some("Too few samples to say how much it saves.".to_owned())
        }
        Worth::Time(gain) => time_saved(gain, finding, profile),
        Worth::Memory(Bytes { value, low, high: Some(high) }) => Some(format!(
            "Saves about {} of memory ({} to {}); nothing is claimed of the time.",
            numbers::bytes(value),
            numbers::bytes(low),
            numbers::bytes(high)
        )),
        Worth::Memory(Bytes { low, high: None, .. }) => Some(format!(
            "Saves at least {} of memory; nothing is claimed of the time.",
            numbers::bytes(low)
        )),
        Worth::Correctness => Some("This is about right results, not about time.".to_owned()),
    }
}

/// That the share is a line's, and why it is no expression's.
pub(super) fn precision(finding: &Finding, profile: &Profile) -> Option<String> {
    let why = match profile.target.python {
        _ if finding.heat.columns => return None,
        Some(python) if !python.at_least(3, 11) => "this Python tells no columns",
        Some(_) | None => "the recording has no columns",
    };
    Some(format!("The share is that of the whole line: {why}."))
}

/// `29.9 s, `; nothing of a recording of another tool that does not tell its time.
pub(super) fn length(profile: &Profile) -> String {
    match profile.timing.seconds {
        0.0 if profile.samples() > 0 => String::new(),
        seconds => format!("{}, ", numbers::seconds(seconds)),
    }
}

/// What shares of a finding are of.
pub(crate) fn whole(finding: &Finding, profile: &Profile) -> &'static str {
    match is_of_run(finding, profile) {
        true => "of the run",
        false => "of the busy time",
    }
}

fn is_of_run(finding: &Finding, profile: &Profile) -> bool {
    !profile.is_parallel()
        || advisors::find(finding.advisor).is_some_and(|it| it.advisor.saves_elapsed())
}

fn time_saved(gain: Gain, finding: &Finding, profile: &Profile) -> Option<String> {
    if gain.saved_high <= 0.0 {
        return None;
    }
    let saved = numbers::percent(gain.saved);
    let interval = numbers::percent_interval(gain.saved_low, gain.saved_high);
    let whole = whole(finding, profile);
    let run = match is_of_run(finding, profile) {
        true => profile.timing.seconds,
        false => profile.busy_seconds(),
    };
    let is_told = run > 0.0;
    let (time, run) = (numbers::seconds(gain.saved * run), numbers::seconds(run));
    Some(if gain.saved_low > 0.0 {
        let time = if is_told { format!(": {time} of {run}") } else { String::new() };
        format!("Saves about {saved} ({interval}) {whole}{time}.")
    } else {
        let most = numbers::percent(gain.saved_high);
        let run = if is_told { format!(" of {run}") } else { String::new() };
        format!("May save nothing, or up to {most} {whole}{run}.")
    })
}

/// Why a finding fails no check.
pub(super) const KNOWN: &str = "Known: it is in the baseline.";

/// What else there is to say: that it is known, and whose time it is as well.
pub(super) fn asides(finding: &Finding) -> Vec<String> {
    let known = finding.is_known.then(|| KNOWN.to_owned());
    known.into_iter().chain(same_time(finding)).collect()
}

/// That the time is mostly another finding's.
fn same_time(finding: &Finding) -> Option<String> {
    let index = finding.same_time_as?;
    Some(format!("Mostly the same time as {}: what they save does not add up.", index + 1))
}

/// Whether a fix may be applied unseen.
pub(super) fn safety(fix: &Fix) -> &'static str {
    match fix.safety {
        Safety::Safe => "Safe to apply: the program's output stays the same.",
        Safety::Unsafe => "Check before applying.",
    }
}

/// Names that are told where one reason is that of many.
const NAMES: usize = 5;

/// What could not be looked at, and why; what has one reason is told together.
pub(super) fn unlooked<'a>(
    all: &'a [Unlooked],
    written: impl Fn(&Untrusted) -> String,
) -> Vec<(String, &'a str)> {
    let mut groups: Vec<(&str, Vec<&Untrusted>)> = Vec::new();
    for Unlooked { what, why, .. } in all {
        match groups.iter_mut().find(|(known, _)| known == why) {
            Some((_, files)) => files.push(what),
            None => groups.push((why, vec![what])),
        }
    }
    let told = |(why, files): (&'a str, Vec<&Untrusted>)| {
        let first: Vec<String> = files.iter().take(NAMES).map(|it| written(it)).collect();
        let more = match files.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (format!("{}{more}", first.join(", ")), why)
    };
    groups.into_iter().map(told).collect()
}
