//! A finding as the text that stands in `cases.md`. Gains are left out: they change with every
//! measurement.

use similar::TextDiff;

use crate::{Finding, Safety, Source};

/// Place, title, reasons and the fix as a diff.
pub(super) fn rendered(source: &Source, finding: &Finding) -> Result<String, String> {
    let place = source.place(finding.range);
    let (start, end) = place.columns.unwrap_or_default();
    let seen = if finding.is_seen() { "" } else { " (unseen)" };
    let mut out =
        format!("{}:{start}-{}:{end} {}{seen}\n", place.line, place.end_line, finding.title);
    for reason in &finding.because {
        out.push_str(&format!("- {reason}\n"));
    }
    let Some(fix) = &finding.fix else {
        out.push_str("no fix\n");
        return Ok(out);
    };
    out.push_str(match fix.safety {
        Safety::Safe => "safe fix",
        Safety::Unsafe => "unsafe fix",
    });
    if let Some(note) = &fix.note {
        out.push_str(&format!(": {note}"));
    }
    let after = fix.apply(source).map_err(|error| format!("{}: {error}", finding.title))?;
    out.push_str(&format!("\n{}", diff(source.text(), &after)));
    Ok(out)
}

/// The changed lines with one line around them.
pub(super) fn diff(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(1).to_string()
}
