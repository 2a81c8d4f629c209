//! What a person reads: the answer first, then the evidence, then how far it can be trusted.

mod code_frame;
mod diff;
mod findings;
mod overview;
pub(super) mod style;
pub(super) mod table;

use style::{Style, wrap};

use super::{Input, ReportError};

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let style = Style { color: input.view.color };
    let mut sections = vec![overview::headline(input, style)];
    if input.advice.findings.is_empty() {
        sections.push(nothing_to_advise(input, style));
        sections.push(overview::where_time_went(input, style));
    } else {
        sections.push(findings::overview(input, style));
        let findings = input.advice.findings.iter().enumerate();
        sections.extend(
            findings.map(|(index, finding)| findings::in_full(index + 1, finding, input, style)),
        );
    }
    sections.push(overview::threads(input, style));
    sections.push(unlooked(input, style));
    sections.push(overview::data(input, style));
    sections.push(next(input, style));
    sections.retain(|section| !section.is_empty());
    let mut text = sections.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    Ok(text.into_bytes())
}

fn nothing_to_advise(input: &Input<'_>, style: Style) -> Vec<String> {
    let profile = input.profile;
    let why = if profile.samples() == 0 {
        "Nothing to advise: no sample was taken."
    } else if profile.busy_samples() == 0 {
        "Nothing to advise: every thread waited whenever it was looked at."
    } else if overview::too_few(profile) {
        "Nothing to advise: too few samples to say."
    } else {
        "Nothing to advise: no known slow pattern where the time goes."
    };
    vec![style.strong(why)]
}

/// What could not be looked at, and why.
fn unlooked(input: &Input<'_>, style: Style) -> Vec<String> {
    let unlooked = &input.advice.unlooked;
    if unlooked.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![style.strong("Not looked at")];
    for one in unlooked {
        let text = format!("{}: {}", one.what.terminal(), one.why);
        lines.extend(
            wrap(&text, input.view.width.saturating_sub(2)).iter().map(|line| format!("  {line}")),
        );
    }
    lines
}

/// The next useful command.
fn next(input: &Input<'_>, style: Style) -> Vec<String> {
    let (profile, pid) = (input.profile, input.profile.target.pid);
    let (command, why) = if profile.samples() == 0 || overview::too_few(profile) {
        if profile.busy_samples() == 0 && profile.samples() > 0 {
            (format!("unslow attach {pid} -i -o flame.svg"), "where the threads wait")
        } else {
            (format!("unslow attach {pid} -d 60s -r 1khz"), "more samples")
        }
    } else {
        match input.advice.findings.first() {
            Some(finding) => (format!("unslow explain {}", finding.advisor), "the whole story"),
            None => (format!("unslow attach {pid} -d 30s -o flame.svg"), "the whole picture"),
        }
    };
    vec![format!("Next: {}  {}", style.command(&command), style.faint(&format!("({why})")))]
}
