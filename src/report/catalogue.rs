//! Lists that are not of a profile: the catalogue for `explain`, reasons for `doctor`.

use tabled::builder::Builder;

use super::View;
use super::text::style::{Style, wrap};
use super::text::table;

/// What `unslow explain` lists: one advisor a row.
pub struct Row<'a> {
    /// The advisor's id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
}

/// The advisors as a table, with what to do next.
pub fn advisors<'a>(rows: impl IntoIterator<Item = Row<'a>>, view: &View) -> String {
    let style = Style { color: view.color };
    let mut builder = Builder::new();
    builder.push_record(["advisor", "what it finds"]);
    for row in rows {
        builder.push_record([row.id, row.title]);
    }
    let mut lines = table::lines(builder, &[], view.width, style);
    lines.push(String::new());
    lines.push(format!("Next: {}", style.command("unslow explain ADVISOR")));
    lines.join("\n") + "\n"
}

/// One thing that `doctor` looked at.
pub struct Check<'a> {
    /// What: `permission`, `python`.
    pub what: &'a str,
    /// Whether nothing is in the way.
    pub fine: bool,
    /// What was found, safe for a terminal.
    pub found: &'a str,
    /// The command, or the change, that helps.
    pub remedy: Option<&'a str>,
}

/// What was looked at, and what helps where something is missing.
pub fn checks<'a>(checks: impl IntoIterator<Item = Check<'a>>, view: &View) -> String {
    let style = Style { color: view.color };
    let checks: Vec<_> = checks.into_iter().collect();
    let widest = checks.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
    let indent = " ".repeat(widest + 9);
    let mut lines = Vec::new();
    for check in &checks {
        let verdict = if check.fine { style.added("ok     ") } else { style.hot("missing") };
        let found = wrap(check.found, view.width.saturating_sub(indent.len()));
        let found = found.join(&format!("\n{indent}"));
        let what = style.strong(&format!("{:<widest$}", check.what));
        lines.push(format!("{verdict} {what} {found}"));
        lines.extend(check.remedy.map(|remedy| format!("{indent}{}", style.command(remedy))));
    }
    lines.join("\n") + "\n"
}
