//! Tables without rules: columns two blanks apart, the head in bold.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::peaker::Priority;
use tabled::settings::{Alignment, Modify, Padding, Style as Rules, Width};

use super::style::Style;

/// The lines of a table whose first row is the head. The widest columns are cut until it is no
/// wider than `width`; the columns of numbers stand to the right.
pub(in crate::report) fn lines(
    rows: Builder,
    numbers: &[usize],
    width: usize,
    style: Style,
) -> Vec<String> {
    let mut table = rows.build();
    table.with(Rules::empty()).with(Padding::new(0, 2, 0, 0));
    for &column in numbers {
        table.with(Modify::new(Columns::one(column)).with(Alignment::right()));
    }
    table.with(Width::truncate(width.max(40)).suffix("…").priority(Priority::max(true)));
    let text = table.to_string();
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    if let Some(head) = lines.first_mut() {
        *head = style.strong(head);
    }
    lines
}
