//! A few lines of source around a place, with the place marked.

use advisors::Place;
use unicode_width::UnicodeWidthStr;

use super::style::{Style, source_line, window};

/// Lines shown before and after the place.
const CONTEXT: usize = 2;

/// Lines of a long place that are shown.
const PLACE_LINES: usize = 4;

/// The lines of the frame; empty when the source has no such place. `note` stands behind the marks.
pub(in crate::report) fn code_frame(
    source: &str,
    place: Place,
    note: &str,
    style: Style,
    width: usize,
) -> Vec<String> {
    let Some(first) = (place.line as usize).checked_sub(1) else { return Vec::new() };
    let last = (place.end_line as usize).saturating_sub(1).clamp(first, first + PLACE_LINES - 1);
    let mut shown: Vec<(usize, &str)> = source
        .lines()
        .enumerate()
        .skip(first.saturating_sub(CONTEXT))
        .take_while(|(index, _)| *index <= last + CONTEXT)
        .collect();
    while shown.last().is_some_and(|(index, line)| *index > last && line.trim().is_empty()) {
        shown.pop();
    }
    let Some((_, hot)) = shown.iter().find(|(index, _)| *index == first) else {
        return Vec::new();
    };
    let gutter = (last + CONTEXT + 1).to_string().len();
    let code_width = width.saturating_sub(gutter + 3).max(20);
    let start = window_start(hot, place, code_width);
    let mut lines = Vec::new();
    for (index, line) in shown {
        let code = window(&source_line(line), start, code_width);
        let number = format!("{:>gutter$}", index + 1);
        let is_hot = (first..=last).contains(&index);
        lines.push(match is_hot {
            true => format!("{} {} {code}", style.strong(&number), style.hot("│")),
            false => style.faint(&format!("{number} │ {code}")),
        });
        if is_hot && let Some((from, to)) = marked(line, index, place) {
            let to = to.min(start + code_width);
            let from = from.clamp(start, to.max(start + 1) - 1);
            let carets = "^".repeat((to.saturating_sub(from)).max(1));
            let room = code_width.saturating_sub(from - start + carets.len());
            let note = if index == first && note.width() < room { note } else { "" };
            let marks = format!("{}{carets} {note}", " ".repeat(from - start));
            let bar = style.hot("│");
            lines.push(format!("{:gutter$} {bar} {}", "", style.hot(marks.trim_end())));
        }
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// First display column that is shown, so that the marked expression is in sight.
fn window_start(hot: &str, place: Place, code_width: usize) -> usize {
    let indented = source_line(hot);
    match marked(hot, place.line as usize - 1, place) {
        Some((from, to)) if to > code_width => from.saturating_sub(code_width / 4),
        Some(_) => 0,
        None => (indented.width() - indented.trim_start().width()).saturating_sub(code_width / 2),
    }
}

/// Display columns of the part of the line that belongs to the place; `None` when only lines are
/// known.
fn marked(line: &str, index: usize, place: Place) -> Option<(usize, usize)> {
    let (start, end) = place.columns?;
    let first = if index + 1 == place.line as usize { start as usize } else { indentation(line) };
    let last = if index + 1 == place.end_line as usize { end as usize } else { line.len() };
    let column = |byte| source_line(&line[..boundary(line, byte)]).width();
    Some((column(first), column(last)))
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The last character boundary at or before `byte`.
fn boundary(line: &str, byte: usize) -> usize {
    (0..=byte.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { color: false };

    fn frame(source: &str, place: Place, width: usize) -> String {
        code_frame(source, place, "83 %", PLAIN, width).join("\n")
    }

    fn place(line: u32, end_line: u32, columns: (u32, u32)) -> Place {
        Place { line, end_line, columns: Some(columns) }
    }

    #[test]
    fn carets_stand_under_tabs_and_wide_characters() {
        let source = "def f():\n\tif 'é日本' in seen:\n\t\tpass\n";
        let (start, end) = (4, 22);
        assert_eq!(&source.lines().nth(1).unwrap()[start..end], "'é日本' in seen");
        let expected = "\
1 │ def f():
2 │     if 'é日本' in seen:
  │        ^^^^^^^^^^^^^^^ 83 %
3 │         pass";
        assert_eq!(frame(source, place(2, 2, (start as u32, end as u32)), 80), expected);
    }

    #[test]
    fn a_place_of_several_lines_is_marked_on_each() {
        let source = "x = [\n    f(a)\n    for a in b\n]\n";
        let expected = "\
1 │ x = [
  │     ^ 83 %
2 │     f(a)
  │     ^^^^
3 │     for a in b
  │     ^^^^^^^^^^
4 │ ]
  │ ^";
        assert_eq!(frame(source, place(1, 4, (4, 1)), 80), expected);
    }

    #[test]
    fn a_far_expression_is_brought_into_sight() {
        let source = format!("x = {} + hot\n", "1 + ".repeat(40));
        let at = source.find("hot").unwrap() as u32;
        let shown = frame(&source, place(1, 1, (at, at + 3)), 44);
        let lines: Vec<_> = shown.lines().collect();
        let caret = lines[1].find('^').unwrap();
        let characters: String = lines[0].chars().skip(lines[1][..caret].chars().count()).collect();
        assert!(characters.starts_with("hot"), "{shown}");
        assert!(lines[0].width() <= 44, "{shown}");
    }

    #[test]
    fn places_that_do_not_fit_the_source_do_no_harm() {
        assert_eq!(frame("x\n", place(9, 9, (0, 1)), 80), "");
        assert_eq!(frame("x\n", Place::default(), 80), "");
        assert_eq!(frame("é\n", place(1, 1, (1, 99)), 80), "1 │ é\n  │ ^ 83 %");
        assert_eq!(frame("x\n", place(1, 0, (5, 2)), 80), "1 │ x\n  │ ^ 83 %");
        assert_eq!(frame("a\nb\n", Place::line(2), 80), "1 │ a\n2 │ b");
    }
}
