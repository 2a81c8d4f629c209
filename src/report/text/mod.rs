//! What a person reads: the answer first, then the evidence, then how far it can be trusted.

pub(super) mod code_frame;
pub(super) mod diff;
mod findings;
mod memory;
mod overview;
mod signatures;
pub(super) mod style;
pub(super) mod table;

use style::{Style, wrap};

use super::containers::containers;
use super::{Input, ReportError, View, names, quality, sentences};
use crate::advise::{Finding, Ignored};
use crate::text::Untrusted;

/// Columns beyond which sentences are hard to read, however wide the terminal.
const WIDEST: usize = 110;

/// The findings in words.
///
/// # Errors
/// When the view leaves nothing to tell.
pub fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let asked = input.view;
    let mut view = View { width: asked.width.min(WIDEST), ..asked.clone() };
    // A program that only waited is looked at where it waits.
    view.idle |= input.profile.busy_samples() == 0;
    let input = &Input { view: &view, ..*input };
    let style = Style { color: input.view.color };
    let mut sections = vec![overview::headline(input, style)];
    if input.advice.findings.is_empty() {
        sections.push(nothing_to_advise(input, style));
    } else {
        sections.push(findings::overview(input, style));
        let findings = input.advice.findings.iter().enumerate();
        sections.extend(
            findings.map(|(index, finding)| findings::in_full(index + 1, finding, input, style)),
        );
    }
    sections.push(overview::where_time_went(input, style));
    sections.push(overview::threads(input, style));
    sections.push(overview::tasks(input, style));
    sections.push(signatures::seen(input, style));
    sections.push(memory::growth(input, style));
    sections.push(large(input, style));
    sections.push(unlooked(input, style));
    sections.push(ignored(input, style));
    sections.push(overview::data(input, style));
    sections.push(next(input, asked, style));
    sections.retain(|section| !section.is_empty());
    let mut text = sections.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    Ok(text.into_bytes())
}

fn nothing_to_advise(input: &Input<'_>, style: Style) -> Vec<String> {
    let why = quality::nothing_to_advise(input.profile, input.advice);
    wrap(&why, input.view.width).iter().map(|line| style.strong(line)).collect()
}

/// What could not be looked at, and why.
fn unlooked(input: &Input<'_>, style: Style) -> Vec<String> {
    let unlooked = sentences::unlooked(&input.advice.unlooked, Untrusted::terminal);
    let items = unlooked.into_iter().map(|(what, why)| format!("{what}: {why}"));
    list("Not looked at", items, input, style)
}

/// How much memory the containers at hotspots take.
fn large(input: &Input<'_>, style: Style) -> Vec<String> {
    let containers = containers(input.profile);
    let items = containers.iter().map(|container| container.sentence(input.profile));
    list("Containers at hotspots", items, input, style)
}

/// What the sources ask not to be told, and why.
fn ignored(input: &Input<'_>, style: Style) -> Vec<String> {
    let told = |one: &Ignored| {
        let Finding { advisor, file, place, .. } = &one.finding;
        let place = names::place(&input.profile.target, file, *place).terminal();
        let reason = match one.reason.is_empty() {
            true => "no reason given".to_owned(),
            false => one.reason.terminal(),
        };
        let share = sentences::share_briefly(&one.finding, input.profile);
        format!("{advisor} at {place}, {share}: {reason}")
    };
    list("Ignored by comments in the source", input.advice.ignored.iter().map(told), input, style)
}

/// A title above indented items; nothing when there are none.
fn list(
    title: &str,
    items: impl Iterator<Item = String>,
    input: &Input<'_>,
    style: Style,
) -> Vec<String> {
    let width = input.view.width.saturating_sub(2);
    let items = items.flat_map(|item| wrap(&item, width)).map(|line| format!("  {line}"));
    let lines: Vec<String> = items.collect();
    if lines.is_empty() {
        return lines;
    }
    std::iter::once(style.strong(title)).chain(lines).collect()
}

/// A rate above which more samples come of a longer recording, as they do where instants are missed.
const HIGH_RATE_HZ: f64 = 1_000.0;

/// What to do next. The flags fit every verb that led here; `asked` is what was asked for.
fn next(input: &Input<'_>, asked: &View, style: Style) -> Vec<String> {
    let profile = input.profile;
    let is_written = |format: &str| asked.written.contains(&format);
    let compare = || {
        let command = style.command("unslow diff BEFORE AFTER");
        format!("Next: change what is hot, record again and compare: {command}.")
    };
    let fixable = input.advice.findings.iter().any(|finding| finding.fix.is_some());
    if quality::was_halted(profile) {
        let pid = profile.target.pid;
        let command = style.command(&format!("kill -CONT {pid}"));
        return vec![format!("Next: let it go on ({command}), then record again.")];
    }
    let (flags, why) = if profile.samples() > 0 && profile.busy_samples() == 0 {
        match (asked.idle, is_written("flamegraph")) {
            (false, true) => ("-i", "to see where the threads wait"),
            (_, false) => ("-i -o flame.svg", "to see where the threads wait"),
            (true, true) => return vec![compare()],
        }
    } else if quality::is_mostly_lost(profile) && !profile.timing.exact {
        if profile.target.python.is_some_and(|python| !python.at_least(3, 11)) {
            let why = "whose stacks are read faster and can be held for each look";
            return vec![format!("Next: run it on CPython 3.11 or later, {why}.")];
        }
        ("--exact", "to hold the program for each look")
    } else if quality::too_few(profile)
        && (profile.timing.rate_hz >= HIGH_RATE_HZ || quality::misses_many(profile))
    {
        return vec!["Next: record for longer, to get more samples.".to_owned()];
    } else if quality::too_few(profile) {
        ("-r 1khz", "or record for longer, to get more samples")
    } else if fixable {
        let apply = "Next: apply the change, then record again to compare";
        let flags = style.command("-o fixes.patch");
        return match is_written("patch") {
            true => vec![format!("{apply}.")],
            false => vec![apply.to_owned(), format!("({flags} writes it for git apply).")],
        };
    } else if !is_written("flamegraph") && !is_written("html") {
        ("-o flame.svg", "to see every stack")
    } else if !is_written("html") {
        ("-o report.html", "to see the hot lines beside the stacks")
    } else if !is_written("pprof") && profile.tells_losses() {
        ("-o profile.pb.gz", "to compare with it after a change")
    } else {
        return vec![compare()];
    };
    vec![format!("Next: add {} {why}.", style.command(flags))]
}
