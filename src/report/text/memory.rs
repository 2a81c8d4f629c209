//! How memory grew, and what ran meanwhile.

use super::style::{Style, wrap};
use crate::report::memory::{Grown, grown};
use crate::report::{Input, numbers};

/// Processes that are told of.
const PROCESSES: usize = 3;

/// `Memory (RSS 45 -> 812 MiB, peak 830 MiB)` and the lines that ran while it grew.
pub(super) fn growth(input: &Input<'_>, style: Style) -> Vec<String> {
    let is_one = input.profile.memory.len() <= 1;
    let grown = grown(input.profile);
    let sections = grown.iter().take(PROCESSES).flat_map(|grown| {
        let mut lines = vec![heading(grown, is_one, style)];
        for line in &grown.lines {
            let text = line.sentence(input.profile);
            lines.extend(
                wrap(&text, input.view.width.saturating_sub(2)).iter().map(|it| format!("  {it}")),
            );
        }
        lines
    });
    sections.collect()
}

fn heading(grown: &Grown<'_>, is_one: bool, style: Style) -> String {
    let memory = grown.memory;
    let (first, last) = (numbers::mebibytes(memory.first()), numbers::mebibytes(memory.last()));
    let peak = numbers::mebibytes(memory.peak);
    let whose = if is_one { String::new() } else { format!(" of process {}", memory.pid) };
    let figures = format!("(RSS {first} -> {last} MiB, peak {peak} MiB)");
    format!("{}{whose} {figures}", style.strong("Memory"))
}
