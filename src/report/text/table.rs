//! Tables without rules: columns two blanks apart, the head in bold.

use tabled::builder::Builder;
use tabled::settings::object::Columns;
use tabled::settings::{Alignment, Modify, Padding, Style as Rules};
use unicode_width::UnicodeWidthStr;

use super::style::{Style, window};

/// Blanks behind a column.
const GAP: usize = 2;

/// Fewer columns than a terminal has.
const NARROWEST: usize = 40;

/// Less of a text says nothing.
const LEAST: usize = 4;

/// The lines of a table whose first row is the head. The widest columns are cut until it is no
/// wider than `width`; the columns of numbers stand to the right, and are cut last.
pub(in crate::report) fn lines(
    rows: Builder,
    numbers: &[usize],
    width: usize,
    style: Style,
) -> Vec<String> {
    lines_with(rows, numbers, numbers, width, style)
}

/// The same, with all the columns that are cut last.
pub(in crate::report) fn lines_with(
    rows: Builder,
    numbers: &[usize],
    kept: &[usize],
    width: usize,
    style: Style,
) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = rows.into();
    fit(&mut rows, kept, width.max(NARROWEST));
    let mut table = Builder::from(rows).build();
    table.with(Rules::empty()).with(Padding::new(0, GAP, 0, 0));
    for &column in numbers {
        table.with(Modify::new(Columns::one(column)).with(Alignment::right()));
    }
    let text = table.to_string();
    let mut lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    if let Some(head) = lines.first_mut() {
        *head = style.strong(head);
    }
    lines
}

/// Cuts the widest columns until all are as wide as `width`.
fn fit(rows: &mut [Vec<String>], kept: &[usize], width: usize) {
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    let mut over = (widths.iter().sum::<usize>() + columns * GAP).saturating_sub(width);
    while over > 0 {
        let is_wide = |column: &usize| widths[*column] > LEAST;
        let to_cut = (0..columns).filter(is_wide);
        // The last of equally wide ones.
        let to_cut = to_cut.max_by_key(|column| (!kept.contains(column), widths[*column]));
        let Some(column) = to_cut else { break };
        widths[column] -= 1;
        over -= 1;
    }
    for row in rows {
        for (cell, &width) in row.iter_mut().zip(&widths) {
            *cell = window(cell, 0, width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_cut_last() {
        let mut rows = Builder::new();
        rows.push_record(["#", "advisor", "place", "saves"]);
        rows.push_record(["1", "list-membership", "shop/nightly/load.py:94", "22-39 %"]);
        let lines = lines_with(rows, &[0], &[0, 3], 40, Style { color: false });
        let expected =
            ["#  advisor       place         saves", "1  list-member…  shop/nightl…  22-39 %"];
        assert_eq!(lines, expected);
    }
}
