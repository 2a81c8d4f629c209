//! Findings: all of them as a table, then each with its code, evidence and refactor.

use advisors::Safety;
use tabled::builder::Builder;
use unicode_width::UnicodeWidthStr;

use super::code_frame::code_frame;
use super::diff;
use super::style::{Style, last_columns, wrap};
use super::table;
use crate::advise::Finding;
use crate::profile::Profile;
use crate::report::{Input, names, sentences};
use crate::text::Untrusted;

/// Blanks before everything that belongs to a finding.
const INDENT: &str = "   ";

/// Columns from which the table has room for intervals of shares.
const ROOMY: usize = 110;

/// Columns of a place in the table; of longer ones the last folders, file and line are shown. The
/// whole of it stands with the finding in full.
const PLACE_COLUMNS: usize = 28;

/// One row a finding, best first.
pub(super) fn overview(input: &Input<'_>, style: Style) -> Vec<String> {
    let mut rows = Builder::new();
    rows.push_record(["#", "share", "advisor", "place", "seen", "saves"]);
    for (index, finding) in input.advice.findings.iter().enumerate() {
        rows.push_record([
            (index + 1).to_string(),
            share(finding, input),
            finding.advisor.to_owned(),
            short_place(&place(input, finding)),
            sentences::seen_briefly(finding),
            sentences::saving(finding, input.profile),
        ]);
    }
    table::lines_with(rows, &[0], &[0, 1, 5], input.view.width, style)
}

/// With its interval where there is room; it stands with the finding in full either way.
fn share(finding: &Finding, input: &Input<'_>) -> String {
    let share = if input.view.width < ROOMY { sentences::share_briefly } else { sentences::share };
    share(finding, input.profile)
}

fn place(input: &Input<'_>, finding: &Finding) -> String {
    names::place(&input.profile.target, &finding.file, finding.place).terminal()
}

fn short_place(place: &str) -> String {
    if place.width() <= PLACE_COLUMNS {
        return place.to_owned();
    }
    let tails = place.match_indices('/').map(|(at, _)| format!("…{}", &place[at..]));
    let mut fitting = tails.filter(|tail| tail.width() <= PLACE_COLUMNS);
    fitting.next().unwrap_or_else(|| last_columns(place, PLACE_COLUMNS))
}

/// One finding in full. `rank` counts from 1.
pub(super) fn in_full(
    rank: usize,
    finding: &Finding,
    input: &Input<'_>,
    style: Style,
) -> Vec<String> {
    let width = input.view.width.saturating_sub(INDENT.len());
    let mut sections = vec![where_it_is(finding, input)];
    let marked = sentences::share_here(finding, input.profile);
    sections.push(code_frame(finding.source.data(), finding.place, &marked, style, width));
    sections.push(evidence(finding, input.profile, width));
    sections.push(worth(finding, input.profile, width, style));
    if let Some(fix) = &finding.fix {
        let name = names::file(&input.profile.target, &finding.file).terminal();
        let (before, after) = (finding.source.data(), fix.after.data());
        sections.push(diff::unified(before, after, &name, style));
        let caveat = diff::caveat(before, after);
        sections.push(caveat.map_or_else(Vec::new, |caveat| wrap(caveat, width)));
    }
    let explain = format!("unslow explain {}", finding.advisor);
    sections.push(vec![style.faint(&explain)]);

    let mut lines = heading(rank, finding, input.view.width, style);
    for section in sections.into_iter().filter(|section| !section.is_empty()) {
        if lines.len() > 1 {
            lines.push(String::new());
        }
        lines.extend(section.into_iter().map(|line| format!("{INDENT}{line}")));
    }
    lines
}

fn heading(rank: usize, finding: &Finding, width: usize, style: Style) -> Vec<String> {
    let title = format!("{}: {}", finding.advisor, finding.title.terminal());
    let lines = wrap(&title, width.saturating_sub(INDENT.len()));
    let number = |index: usize| if index == 0 { rank.to_string() } else { String::new() };
    let lines = lines.iter().enumerate();
    lines.map(|(index, line)| style.strong(&format!("{:<2} {line}", number(index)))).collect()
}

fn where_it_is(finding: &Finding, input: &Input<'_>) -> Vec<String> {
    let function = names::function(&finding.function).terminal();
    let share = sentences::share(finding, input.profile);
    let whole = sentences::whole(finding, input.profile);
    let line = format!("{}, in {function}: {share} {whole}", place(input, finding));
    wrap(&line, input.view.width.saturating_sub(INDENT.len()))
}

fn evidence(finding: &Finding, profile: &Profile, width: usize) -> Vec<String> {
    let because = finding.because.iter().map(Untrusted::terminal);
    let precision = sentences::precision(finding, profile);
    because.chain(precision).flat_map(|it| item(&it, width)).collect()
}

fn worth(finding: &Finding, profile: &Profile, width: usize, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(sentence) = sentences::worth(finding, profile) {
        lines.extend(wrap(&sentence, width).iter().map(|line| style.added(line)));
    }
    lines.extend(sentences::asides(finding).iter().flat_map(|aside| wrap(aside, width)));
    if let Some(fix) = &finding.fix {
        lines.push(match fix.safety {
            Safety::Safe => style.added(sentences::safety(fix)),
            Safety::Unsafe => style.hot(sentences::safety(fix)),
        });
        let note = fix.note.as_ref().map(Untrusted::terminal);
        lines.extend(note.iter().flat_map(|note| wrap(note, width)));
    }
    lines
}

/// A list item, its further lines indented.
fn item(text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width.saturating_sub(2));
    let bullet = |index| if index == 0 { "- " } else { "  " };
    lines.iter().enumerate().map(|(index, line)| format!("{}{line}", bullet(index))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_long_place_stays_in_sight() {
        assert_eq!(short_place("jobs/etl.py:41"), "jobs/etl.py:41");
        assert_eq!(
            short_place("/srv/shop/nightly/orders_etl/slow.py:94"),
            "…/orders_etl/slow.py:94"
        );
        assert_eq!(short_place(&format!("{}.py:7", "x".repeat(50))).width(), PLACE_COLUMNS);
    }
}
