//! Markdown as GitHub and GitLab read it: for the summary of a job or a comment.

use super::details;
use crate::advise::Finding;
use crate::report::text::{code_frame, diff, style::Style};
use crate::report::{Input, ReportError, names, numbers, quality, sentences};
use crate::text::Untrusted;

/// Columns of a line of source; a viewer scrolls.
const COLUMNS: usize = 160;

/// Findings that are told in full: a summary may have 1 MiB.
const IN_FULL: usize = 20;

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let mut sections = vec![headline(input)];
    let findings = &input.advice.findings;
    if findings.is_empty() {
        sections.push(quality::nothing_to_advise(input.profile, input.advice));
    } else {
        sections.push(table(input));
    }
    let in_full = findings.iter().take(IN_FULL).enumerate();
    sections.extend(in_full.map(|(index, finding)| section(index + 1, finding, input)));
    if !input.advice.unlooked.is_empty() {
        let items = sentences::unlooked(&input.advice.unlooked, Untrusted::markdown).into_iter();
        let items = items.map(|(what, why)| format!("- {what}: {}", escaped(why)));
        sections.push(format!("### Not looked at\n\n{}", items.collect::<Vec<_>>().join("\n")));
    }
    if !input.advice.ignored.is_empty() {
        let items = input.advice.ignored.iter().map(|it| {
            let place = place(&it.finding, input);
            format!("- {} at {place}: {}", it.finding.advisor, it.reason.markdown())
        });
        let items = items.collect::<Vec<_>>().join("\n");
        sections.push(format!("### Ignored by comments in the source\n\n{items}"));
    }
    let mut text = sections.join("\n\n");
    text.push('\n');
    Ok(text.into_bytes())
}

fn headline(input: &Input<'_>) -> String {
    let profile = input.profile;
    let found = numbers::count(input.advice.findings.len() as u64, "finding");
    format!(
        "## unslow: {found}\n\n{}: {}{}.",
        names::recorded(profile).markdown(),
        sentences::length(profile),
        numbers::count(profile.busy_samples(), "busy sample"),
    )
}

fn table(input: &Input<'_>) -> String {
    let mut lines = vec![
        "| # | share | advisor | place | seen | saves |".to_owned(),
        "|--:|--:|---|---|---|---|".to_owned(),
    ];
    for (index, finding) in input.advice.findings.iter().enumerate() {
        lines.push(format!(
            "| {} | {} | {} | {} | {} | {} |",
            index + 1,
            sentences::share_briefly(finding, input.profile),
            finding.advisor,
            place(finding, input),
            escaped(&sentences::seen_briefly(finding)),
            sentences::saving(finding, input.profile),
        ));
    }
    lines.join("\n")
}

fn section(rank: usize, finding: &Finding, input: &Input<'_>) -> String {
    let plain = Style { color: false };
    let source = finding.source.data();
    let share_here = sentences::share_here(finding, input.profile);
    let mut parts = vec![
        format!("### {rank}. {}: {}", finding.advisor, finding.title.markdown()),
        format!(
            "{}, in {}: {} {}.",
            place(finding, input),
            names::function(&finding.function).markdown(),
            sentences::share(finding, input.profile),
            sentences::whole(finding, input.profile),
        ),
    ];
    let frame = code_frame::code_frame(source, finding.place, &share_here, plain, COLUMNS);
    if !frame.is_empty() {
        parts.push(block("text", &frame));
    }
    let details: Vec<String> =
        details(finding, input).iter().map(|it| format!("- {}", escaped(it))).collect();
    parts.push(details.join("\n"));
    if let Some(fix) = &finding.fix {
        let name = names::file(&input.profile.target, &finding.file).terminal();
        parts.push(block("diff", &diff::unified(source, fix.after.data(), &name, plain)));
        parts.extend(diff::caveat(source, fix.after.data()).map(escaped));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn place(finding: &Finding, input: &Input<'_>) -> String {
    names::place(&input.profile.target, &finding.file, finding.place).markdown()
}

fn escaped(text: &str) -> String {
    Untrusted::new(text).markdown()
}

/// A block of lines as they are, between fences that none of them can close.
fn block(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
}

/// The most backticks of a line that stand together.
fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}
