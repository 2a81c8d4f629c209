//! Workflow commands of GitHub Actions, which show findings at their lines of a pull request
//! (docs.github.com, "Workflow commands for GitHub Actions").

use super::{Region, details, path};
use crate::advise::Finding;
use crate::report::{Input, ReportError, sentences};
use crate::text::Untrusted;

pub(in crate::report) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let lines = input.advice.findings.iter().map(|finding| line(finding, input));
    let unlooked = input.advice.missing_sources().map(|unlooked| {
        let what = unlooked.what.terminal();
        format!(
            "::warning title=unslow%3A not looked at::{}\n",
            data(&format!("{what}: {}", unlooked.why))
        )
    });
    Ok(lines.chain(unlooked).collect::<String>().into_bytes())
}

fn line(finding: &Finding, input: &Input<'_>) -> String {
    // Shape alone is a question, and no reason to warn; nor is what is known.
    let command = match finding.fails {
        Some(true) => "error",
        _ if finding.is_seen() && !finding.is_known => "warning",
        _ => "notice",
    };
    let file = Untrusted::new(path(&input.profile.target, &finding.file)).terminal();
    let Region { start: (line, column), end: (end_line, end_column) } = Region::of(finding);
    let share = sentences::share_briefly(finding, input.profile);
    let title =
        format!("{}: {share} {}", finding.advisor, sentences::whole(finding, input.profile));
    let mut properties = vec![
        format!("file={}", property(&file)),
        format!("line={line}"),
        format!("endLine={end_line}"),
    ];
    // Columns are shown only for what is on one line.
    if let (Some(column), Some(end), true) = (column, end_column, line == end_line) {
        properties.push(format!("col={column},endColumn={end}"));
    }
    properties.push(format!("title={}", property(&title)));
    let mut sentences = vec![finding.title.terminal()];
    sentences.extend(details(finding, input));
    format!("::{command} {}::{}\n", properties.join(","), data(&sentences.join("\n")))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
