//! Findings as the page shows them: in the words of every other format.

use advisors::Safety;
use serde::Serialize;

use crate::advise::{Finding, Ignored};
use crate::profile::Profile;
use crate::report::text::diff;
use crate::report::text::style::Style;
use crate::report::{Input, json, names, sentences};
use crate::text::Untrusted;

/// One advisor's word.
#[derive(Serialize)]
pub(super) struct Found {
    advisor: &'static str,
    title: String,
    file: String,
    place: String,
    function: String,
    line: u32,
    end: u32,
    share: f64,
    /// The share with its interval.
    told: String,
    /// The share without it.
    brief: String,
    /// What both are of: `of the run`.
    whole: &'static str,
    /// What was seen, as short as can be; then in sentences.
    seen: String,
    because: Vec<String>,
    /// What following the advice gives, as short as can be; then in a sentence.
    saves: String,
    worth: Option<String>,
    /// What else there is to say.
    asides: Vec<String>,
    fix: Option<Refactor>,
    /// Places that are the finding's.
    places: Vec<u32>,
}

#[derive(Serialize)]
struct Refactor {
    safe: bool,
    told: &'static str,
    note: Option<String>,
    /// Of a unified diff.
    diff: Vec<String>,
    /// What is to be known of that.
    caveat: Option<&'static str>,
}

/// Something that is not a finding, and why.
#[derive(Serialize)]
pub(super) struct Why {
    what: String,
    why: String,
}

pub(super) fn found(input: &Input<'_>) -> Vec<Found> {
    input.advice.findings.iter().map(|finding| one(finding, input.profile)).collect()
}

fn one(finding: &Finding, profile: &Profile) -> Found {
    let locations = (0..).zip(&profile.locations);
    let places = locations.filter(|(_, location)| finding.covers(location));
    let precision = sentences::precision(finding, profile);
    Found {
        advisor: finding.advisor,
        title: finding.title.terminal(),
        file: names::file(&profile.target, &finding.file).terminal(),
        place: names::place(&profile.target, &finding.file, finding.place).terminal(),
        function: names::function(&finding.function).terminal(),
        line: finding.place.line,
        end: finding.extent().end_line.max(finding.place.line),
        share: json::rounded(finding.heat.share),
        told: sentences::share(finding, profile),
        brief: sentences::share_briefly(finding, profile),
        whole: sentences::whole(finding, profile),
        seen: sentences::seen_briefly(finding),
        because: finding.because.iter().map(Untrusted::terminal).chain(precision).collect(),
        saves: sentences::saves_briefly(finding, profile),
        worth: sentences::worth(finding, profile),
        asides: sentences::asides(finding),
        fix: refactor(finding, profile),
        places: places.map(|(id, _)| id).collect(),
    }
}

fn refactor(finding: &Finding, profile: &Profile) -> Option<Refactor> {
    let fix = finding.fix.as_ref()?;
    let name = names::file(&profile.target, &finding.file).terminal();
    let (before, after) = (finding.source.data(), fix.after.data());
    Some(Refactor {
        safe: fix.safety == Safety::Safe,
        told: sentences::safety(fix),
        note: fix.note.as_ref().map(Untrusted::terminal),
        diff: diff::unified(before, after, &name, Style { color: false }),
        caveat: diff::caveat(before, after),
    })
}

pub(super) fn unlooked(input: &Input<'_>) -> Vec<Why> {
    let told = sentences::unlooked(&input.advice.unlooked, Untrusted::terminal);
    told.into_iter().map(|(what, why)| Why { what, why: why.to_owned() }).collect()
}

/// Findings that the sources ask not to be told.
pub(super) fn ignored(input: &Input<'_>) -> Vec<Why> {
    let why = |Ignored { finding, reason }: &Ignored| {
        let place = names::place(&input.profile.target, &finding.file, finding.place).terminal();
        let share = sentences::share_briefly(finding, input.profile);
        Why {
            what: format!("{} at {place}, {share}", finding.advisor),
            why: if reason.is_empty() { "no reason given".to_owned() } else { reason.terminal() },
        }
    };
    input.advice.ignored.iter().map(why).collect()
}
