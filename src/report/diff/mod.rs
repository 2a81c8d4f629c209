//! Two recordings of a program side by side: what takes more or less time than it took.

mod common;
mod files;
mod html;
#[cfg(test)]
mod matching_tests;
mod measure;
mod noise;
mod picture;
#[cfg(test)]
mod tests;
mod waits;

use std::collections::{HashMap, HashSet};

use tabled::builder::Builder;

use super::text::style::{Style, wrap};
use super::text::table;
use super::{Input, ReportError, View, names, numbers, selection};
use crate::advise::Advice;
use crate::profile::Profile;
use crate::text::Untrusted;
use common::Common;
use measure::{Heat, Key, Side};

pub use html::html;
pub use picture::flamegraph;

/// Rows of each table, unless all are asked for.
const TOP: usize = 20;

/// What to compare, and how.
pub struct Comparison<'a> {
    /// The recording before a change.
    pub before: &'a Profile,
    /// The recording after it.
    pub after: &'a Profile,
    /// Which samples count; the width and colours of the table.
    pub view: &'a View,
    /// In parts of the run instead of seconds: for recordings of services, which are as long as
    /// somebody chose.
    pub shares: bool,
    /// What is within noise too, in grey.
    pub all: bool,
}

impl Comparison<'_> {
    /// In shares where a recording does not tell its time.
    ///
    /// # Errors
    /// When one of them has no sample that the view shows.
    fn checked(&self) -> Result<Self, ReportError> {
        let Self { before, after, view, all, .. } = *self;
        for profile in [before, after] {
            selection::samples(&Input { profile, advice: &Advice::default(), view })?;
        }
        let is_timeless = |profile: &Profile| profile.timing.seconds == 0.0;
        let shares = self.shares || is_timeless(before) || is_timeless(after);
        Ok(Self { before, after, view, shares, all })
    }

    /// What its seconds are divided by: where not as many recordings were merged on either side, all is
    /// told of the mean one.
    fn recordings(&self, profile: &Profile) -> f64 {
        match self.differ_in_recordings() {
            true => f64::from(profile.timing.merged()),
            false => 1.0,
        }
    }

    fn differ_in_recordings(&self) -> bool {
        self.before.timing.merged() != self.after.timing.merged()
    }

    /// Its length in seconds; 0 when it is not known.
    fn seconds(&self, profile: &Profile) -> f64 {
        profile.timing.seconds / self.recordings(profile)
    }

    /// That of its busy samples, all threads together.
    fn busy_seconds(&self, profile: &Profile) -> f64 {
        profile.busy_seconds() / self.recordings(profile)
    }
}

/// One thing in both recordings.
struct Row {
    key: Key,
    before: Heat,
    after: Heat,
    /// Difference that may be noise, in the unit of the sides.
    noise: f64,
    is_noise: bool,
}

/// The table of what changed, for a terminal.
///
/// # Errors
/// When one of the recordings has no sample that the view shows.
pub fn table(comparison: &Comparison<'_>) -> Result<Vec<u8>, ReportError> {
    let comparison = &comparison.checked()?;
    let view = comparison.view;
    let sides = Side::both(comparison);
    let style = Style { color: view.color };
    let mut sections = vec![headline(comparison, style)];
    let notes = notes(comparison, &sides);
    sections.extend(notes.iter().map(|note| wrap(note, view.width)));
    let head = sections.len();
    let mut others = Vec::new();
    if !view.functions {
        let rows = rows(&sides, |side| &side.expressions);
        others.push(noise_among(&rows, "expression"));
        sections.push(changed("Own time", "expression", rows, comparison, &sides, style));
    }
    let rows = rows(&sides, |side| &side.functions);
    others.push(noise_among(&rows, "function"));
    sections.push(changed("With what they call", "function", rows, comparison, &sides, style));
    sections.retain(|section| !section.is_empty());
    if sections.len() == head {
        sections.push(vec!["Nothing changed beyond noise.".to_owned()]);
    }
    if !comparison.all {
        let text = format!("Within noise: {}.", others.join(", "));
        sections.push(wrap(&text, view.width));
    }
    let waits = waiting(&sides, comparison.shares);
    sections.extend(waits.iter().map(|text| wrap(text, view.width)));
    let mut text = sections.iter().map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    Ok(text.into_bytes())
}

/// `etl.py: 11.3 s before, 4.1 s after`
fn headline(comparison: &Comparison<'_>, style: Style) -> Vec<String> {
    let program = program(comparison).terminal();
    let run = format!("{program}: {}", lengths(comparison));
    let mut lines = wrap(&run, comparison.view.width);
    if let Some(rest) = lines[0].strip_prefix(&program) {
        lines[0] = style.strong(&program) + rest;
    }
    lines.extend(pythons(comparison));
    lines
}

/// The program as either recording tells it: those of other tools seldom do.
fn program(comparison: &Comparison<'_>) -> Untrusted {
    let [before, after] = [comparison.before, comparison.after].map(|it| &it.target);
    names::program(if after.command.is_empty() { before } else { after })
}

/// `11.3 s before, 4.1 s after`
fn lengths(comparison: &Comparison<'_>) -> String {
    let length = |profile: &Profile| match comparison.seconds(profile) {
        0.0 => numbers::count(profile.samples(), "sample"),
        seconds => numbers::seconds(seconds),
    };
    format!("{} before, {} after", length(comparison.before), length(comparison.after))
}

/// `CPython 3.13.0 before, 3.14.0 after`; nothing where both may be the same.
fn pythons(comparison: &Comparison<'_>) -> Option<String> {
    let (old, new) = (comparison.before.target.python?, comparison.after.target.python?);
    (!old.may_be(new)).then(|| format!("CPython {old} before, {new} after"))
}

/// By how little expressions and functions are found again, where it is little.
fn notes(comparison: &Comparison<'_>, [before, after]: &[Side<'_>; 2]) -> Vec<String> {
    let mut functions = before.functions.keys();
    let is_strange = !functions.any(|key| after.functions.contains_key(key));
    let strange = is_strange.then(|| {
        "They have no function in common: they cannot be compared. Are they of the same program?"
            .to_owned()
    });
    let common = Common::of(comparison);
    let renamed = renamed(comparison).filter(|_| common.has_strangers());
    let apart = (strange.into_iter().chain(renamed))
        .chain(means(comparison))
        .chain(as_long_as_chosen(comparison))
        .chain(at_once(comparison))
        .chain(idle(comparison));
    common.notes().chain(apart).collect()
}

/// That the program is called otherwise, where both recordings tell.
fn renamed(comparison: &Comparison<'_>) -> Option<String> {
    let runs = [comparison.before, comparison.after].map(|it| &it.target);
    let [before, after] = runs.map(names::program);
    let are_told = runs.iter().all(|it| !it.command.is_empty());
    (are_told && before != after).then(|| {
        format!(
            "Before it was {}, after {}: what stands in a file of another name is told as gone and as \
             new.",
            before.terminal(),
            after.terminal()
        )
    })
}

/// That the seconds are those of the mean recording.
fn means(comparison: &Comparison<'_>) -> Option<String> {
    let told = !comparison.shares && comparison.differ_in_recordings();
    let [before, after] = [comparison.before, comparison.after]
        .map(|it| numbers::count(it.timing.merged().into(), "recording"));
    told.then(|| format!("Seconds are means: of {before} before, of {after} after."))
}

/// That seconds of recordings that somebody ended say more of them than of the program.
fn as_long_as_chosen(comparison: &Comparison<'_>) -> Option<String> {
    /// Part of the longer recording that the other may lack.
    const ALIKE: f64 = 0.1;
    let runs = [comparison.before, comparison.after];
    let [before, after] = runs.map(|it| comparison.seconds(it));
    let differ = (before - after).abs() > ALIKE * before.max(after);
    let are_chosen = runs.iter().all(|it| it.timing.cut_off);
    (!comparison.shares && are_chosen && differ).then(|| {
        "Neither recording went on to the end of the program, and one is longer than the other: compare \
         parts of the run with --shares."
            .to_owned()
    })
}

/// That the seconds of threads that were busy at once do not add up to those of the run.
fn at_once(comparison: &Comparison<'_>) -> Option<String> {
    let runs = [comparison.before, comparison.after];
    if comparison.shares || !runs.iter().any(|it| it.is_parallel()) {
        return None;
    }
    let [before, after] = runs.map(|it| numbers::seconds(comparison.busy_seconds(it)));
    Some(format!(
        "Several threads or processes were busy at once: the seconds here are of their time \
         together, {before} before and {after} after."
    ))
}

/// How long either run waited, where that is not compared and differs by much of the run.
fn idle(comparison: &Comparison<'_>) -> Option<String> {
    /// Part of the longer run.
    const MUCH: f64 = 0.1;
    let runs = [comparison.before, comparison.after];
    if comparison.shares || comparison.view.idle || runs.iter().any(|it| it.is_parallel()) {
        return None;
    }
    let waited = runs.map(|it| (comparison.seconds(it) - comparison.busy_seconds(it)).max(0.0));
    let [before, after] = waited.map(numbers::seconds);
    let longer = runs.iter().fold(0.0, |longer, it| comparison.seconds(it).max(longer));
    ((waited[0] - waited[1]).abs() > MUCH * longer).then(|| {
        format!(
            "The program waited for {before} before and for {after} after, which is not compared \
             here: -i does."
        )
    })
}

/// What threads waited for a processor, where that was much or is not known.
fn waiting([before, after]: &[Side<'_>; 2], shares: bool) -> Vec<String> {
    let of = |name, side: &Side<'_>| {
        let amount = side.amount(side.waits.samples);
        let warning = side.waits.warning(&said(amount, shares));
        warning.map(|warning| format!("{name}: {warning}"))
    };
    let is_untold = |side: &Side<'_>| !side.profile.tells_losses();
    let untold = (is_untold(before) || is_untold(after)).then(|| {
        "Recordings of other tools do not tell how long threads waited for a processor: on a busy \
         machine a change may be of waits alone."
            .to_owned()
    });
    of("Before", before).into_iter().chain(of("After", after)).chain(untold).collect()
}

/// What either side has, the largest change first.
fn rows(sides: &[Side<'_>; 2], of: for<'a> fn(&'a Side<'_>) -> &'a HashMap<Key, Heat>) -> Vec<Row> {
    let [before, after] = sides.each_ref().map(of);
    let keys: HashSet<&Key> = before.keys().chain(after.keys()).collect();
    let row = |key: &Key| {
        let [before, after] =
            [before, after].map(|side| side.get(key).copied().unwrap_or_default());
        let noise = noise::bound(sides, before.samples, after.samples);
        let row = Row { key: key.clone(), before, after, noise, is_noise: false };
        Row { is_noise: row.change(sides).abs() <= noise, ..row }
    };
    let mut rows: Vec<Row> = keys.into_iter().map(row).collect();
    let change = |row: &Row| row.change(sides).abs();
    rows.sort_by(|a, b| change(b).total_cmp(&change(a)).then_with(|| a.key.cmp(&b.key)));
    rows
}

fn noise_among(rows: &[Row], noun: &str) -> String {
    numbers::count(rows.iter().filter(|row| row.is_noise).count() as u64, noun)
}

impl Row {
    fn change(&self, [before, after]: &[Side<'_>; 2]) -> f64 {
        after.amount(self.after.samples) - before.amount(self.before.samples)
    }

    fn name(&self, sides: &[Side<'_>; 2]) -> Option<Untrusted> {
        self.parts(sides).map(|parts| names::frame(&parts))
    }

    /// Function and place: where it is now; of what is gone, where it was.
    fn parts(&self, [before, after]: &[Side<'_>; 2]) -> Option<(Untrusted, Untrusted)> {
        match (self.after.location, self.before.location) {
            (Some(location), _) => Some(after.parts(&self.key, location)),
            (None, Some(location)) => Some(before.parts(&self.key, location)),
            (None, None) => None,
        }
    }
}

/// A table of what changed; nothing when nothing did.
fn changed(
    title: &str,
    what: &str,
    mut rows: Vec<Row>,
    comparison: &Comparison<'_>,
    sides: &[Side<'_>; 2],
    style: Style,
) -> Vec<String> {
    let mut more = 0;
    if !comparison.all {
        rows.retain(|row| !row.is_noise);
        more = rows.len().saturating_sub(TOP);
        rows.truncate(TOP);
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let mut table = Builder::new();
    table.push_record(["before", "after", "change", what]);
    for row in &rows {
        table.push_record(cells(row, comparison, sides));
    }
    let mut lines = vec![style.strong(title)];
    let painted = table::lines(table, &[0, 1, 2], comparison.view.width, style).into_iter();
    lines.extend(painted.enumerate().map(|(index, line)| match index.checked_sub(1) {
        None => line,
        Some(index) => paint(&line, &rows[index], sides, style),
    }));
    if more > 0 {
        lines.push(style.faint(&format!("and {more} more: --all shows them")));
    }
    lines
}

fn cells(row: &Row, comparison: &Comparison<'_>, sides: &[Side<'_>; 2]) -> [String; 4] {
    let amount = |side: &Side<'_>, heat: Heat| match heat.location {
        Some(_) => said(side.amount(heat.samples), comparison.shares),
        None => "-".to_owned(),
    };
    let change = row.change(sides);
    let sign = if change < 0.0 { "-" } else { "+" };
    let change = match (row.before.location, row.after.location) {
        (None, Some(_)) => "new".to_owned(),
        (Some(_), None) => "gone".to_owned(),
        _ => format!("{sign}{}", said(change.abs(), comparison.shares)),
    };
    let name = row.name(sides).map(|name| name.terminal()).unwrap_or_default();
    let [before, after] = sides;
    [amount(before, row.before), amount(after, row.after), change, name]
}

fn said(amount: f64, shares: bool) -> String {
    if shares { numbers::percent(amount) } else { numbers::seconds(amount) }
}

fn paint(line: &str, row: &Row, sides: &[Side<'_>; 2], style: Style) -> String {
    match row.change(sides) {
        _ if row.is_noise => style.faint(line),
        change if change < 0.0 => style.added(line),
        _ => style.removed(line),
    }
}
