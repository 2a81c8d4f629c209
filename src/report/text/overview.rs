//! What was recorded, where the time went, and how far the data can be trusted.

use std::collections::{BTreeMap, HashMap, HashSet};

use tabled::builder::Builder;

use super::style::{Style, both_ends, wrap};
use super::table;
use crate::report::selection::{self, FrameNames};
use crate::report::{Emptiness, Input, ReportError, names, numbers, quality, sentences};
use crate::text::Untrusted;

/// Columns of two shares, such as `< 0.1 %`, and of the blanks around a table's columns. Functions and
/// lines are told apart by their last part, which is kept.
const SHARES_COLUMNS: usize = 20;

/// Rows of the table of places.
const TOP: usize = 8;

/// `etl.py, CPython 3.13.0, pid 4242: 29.9 s, 5,962 busy samples`
pub(super) fn headline(input: &Input<'_>, style: Style) -> Vec<String> {
    let profile = input.profile;
    let program = names::program(&profile.target).terminal();
    let text = format!(
        "{}: {}{}",
        names::recorded(profile).terminal(),
        sentences::length(profile),
        numbers::count(profile.busy_samples(), "busy sample")
    );
    let mut lines = wrap(&text, input.view.width);
    if let Some(rest) = lines[0].strip_prefix(&program) {
        lines[0] = style.strong(&program) + rest;
    }
    lines
}

/// Self and total share of the places, or functions, where the samples of the view stood.
pub(super) fn where_time_went(input: &Input<'_>, style: Style) -> Vec<String> {
    let profile = input.profile;
    let shown: u64 = selection::counts(profile, input.view).map(|count| count.samples).sum();
    if shown == 0 {
        return nothing_shown(input);
    }
    let mut rows = Builder::new();
    let what = if input.view.functions { "function" } else { "line" };
    rows.push_record(["self", "total", what]);
    let room = input.view.width.saturating_sub(SHARES_COLUMNS).max(20);
    for heat in hottest(input) {
        rows.push_record([
            quality::share_of(heat.own, shown),
            quality::share_of(heat.total, shown),
            both_ends(&heat.name.terminal(), room),
        ]);
    }
    let part = quality::busy_part(profile).filter(|_| input.view.shows_all_busy());
    let of_run = part.map(|part| format!(", {} of the run", numbers::percent(part)));
    let samples = format!("{}{}", input.view.counted(shown), of_run.as_deref().unwrap_or_default());
    let title = if profile.busy_samples() == 0 { "Where it waited" } else { "Where the time went" };
    let mut lines = vec![format!("{} ({samples})", style.strong(title))];
    if part.is_some() && !input.advice.findings.is_empty() {
        let why = "Shares here are of the busy samples; those of the findings are of the run.";
        lines.extend(wrap(why, input.view.width).iter().map(|line| style.faint(line)));
    }
    lines.extend(table::lines(rows, &[0, 1], input.view.width, style));
    lines
}

/// Why the view shows nothing of what there is.
fn nothing_shown(input: &Input<'_>) -> Vec<String> {
    match selection::samples(input) {
        Err(ReportError::Empty(why)) if why != Emptiness::NoSamples => {
            wrap(&format!("Where the time went: {}.", why.sentence()), input.view.width)
        }
        _ => Vec::new(),
    }
}

struct Heat {
    name: Untrusted,
    own: u64,
    total: u64,
}

/// The places with the most samples at the leaf, then on the stack, then by name.
fn hottest(input: &Input<'_>) -> Vec<Heat> {
    let names = FrameNames::new(input.profile, input.view);
    let mut heats: HashMap<&Untrusted, (u64, u64)> = HashMap::new();
    for count in selection::counts(input.profile, input.view) {
        let locations = &input.profile.stacks[count.stack as usize].locations;
        let frames = locations.iter().map(|&id| names.of_location(id as usize)[0]);
        if let Some(leaf) = frames.clone().next() {
            heats.entry(leaf).or_default().0 += count.samples;
        }
        for frame in frames.collect::<HashSet<_>>() {
            heats.entry(frame).or_default().1 += count.samples;
        }
    }
    let mut heats: Vec<Heat> = heats
        .into_iter()
        .map(|(name, (own, total))| Heat { name: name.clone(), own, total })
        .collect();
    heats.sort_by(|a, b| (b.own, b.total).cmp(&(a.own, a.total)).then_with(|| a.name.cmp(&b.name)));
    heats.truncate(TOP);
    heats
}

/// Share of the samples by thread, when the view keeps them apart.
pub(super) fn threads(input: &Input<'_>, style: Style) -> Vec<String> {
    let profile = input.profile;
    if !input.view.by_thread || profile.threads.is_empty() {
        return Vec::new();
    }
    let mut seen = vec![(0_u64, 0_u64, 0_u64); profile.threads.len()];
    for count in &profile.counts {
        let (all, busy, gil) = &mut seen[count.thread as usize];
        *all += count.samples;
        *busy += if count.state.is_busy() { count.samples } else { 0 };
        *gil += if count.state.holds_gil { count.samples } else { 0 };
    }
    let mut rows = Builder::new();
    rows.push_record(["busy", "GIL", "thread"]);
    let mut order: Vec<usize> = (0..seen.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(seen[index].1), index));
    for index in order {
        let (all, busy, gil) = seen[index];
        let share = |part: u64| quality::share_of(part, all);
        let name = names::thread_of(profile, &profile.threads[index]).terminal();
        rows.push_record([share(busy), share(gil), name]);
    }
    let mut lines = vec![style.strong("Threads (share of each one's samples)")];
    lines.extend(table::lines(rows, &[0, 1], input.view.width, style));
    lines
}

/// Share of the samples by asyncio task, when the view is one of tasks.
pub(super) fn tasks(input: &Input<'_>, style: Style) -> Vec<String> {
    if !input.view.tasks {
        return Vec::new();
    }
    let mut seen: BTreeMap<u32, u64> = BTreeMap::new();
    for count in selection::counts(input.profile, input.view) {
        *seen.entry(count.task.unwrap_or_default()).or_default() += count.samples;
    }
    let all: u64 = seen.values().sum();
    if all == 0 {
        return Vec::new();
    }
    let mut order: Vec<(u32, u64)> = seen.into_iter().collect();
    order.sort_by_key(|&(index, samples)| (std::cmp::Reverse(samples), index));
    let mut rows = Builder::new();
    rows.push_record(["share", "task"]);
    for &(index, samples) in order.iter().take(TOP) {
        let task = names::task(&input.profile.tasks[index as usize]);
        rows.push_record([quality::share_of(samples, all), task.terminal()]);
    }
    let rest = order.len().saturating_sub(TOP);
    let rest = if rest > 0 { format!(", {rest} more left out") } else { String::new() };
    let mut lines = vec![style.strong(&format!("asyncio tasks (share of these samples{rest})"))];
    lines.extend(table::lines(rows, &[0], input.view.width, style));
    lines
}

/// How good the data is.
pub(super) fn data(input: &Input<'_>, style: Style) -> Vec<String> {
    let profile = input.profile;
    let told = format!("Data: {}.", quality::facts(profile).join("; "));
    let mut lines = wrap(&told, input.view.width);
    lines.iter_mut().for_each(|line| *line = style.faint(line));
    let warnings = quality::warnings(profile);
    let warnings = warnings.iter().flat_map(|it| wrap(it, input.view.width));
    lines.extend(warnings.map(|line| style.hot(&line)));
    lines
}
