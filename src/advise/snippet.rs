//! The text of a place, cut out of its file.

use advisors::Place;

/// The text of a place; of one without columns, its line.
pub(super) fn of(source: &str, place: Place) -> Option<&str> {
    let start = line_start(source, place.line)?;
    let end = line_start(source, place.end_line)?;
    match place.columns {
        Some((first, last)) => source.get(start + first as usize..end + last as usize),
        None => source.get(start..)?.lines().next().map(str::trim),
    }
}

/// Offset of a line's first byte; lines count from 1.
fn line_start(source: &str, line: u32) -> Option<usize> {
    match line {
        0 => None,
        1 => Some(0),
        line => source.match_indices('\n').nth(line as usize - 2).map(|(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_cut_by_bytes_of_their_lines() {
        let source = "é = 1\nif é in seen:\n    pass\n";
        let place = |line, end_line, columns| Place { line, end_line, columns };
        assert_eq!(of(source, place(2, 2, Some((3, 13)))), Some("é in seen"));
        assert_eq!(of(source, place(2, 3, Some((3, 8)))), Some("é in seen:\n    pass"));
        assert_eq!(of(source, Place::line(3)), Some("pass"));
        assert_eq!(of(source, place(2, 2, Some((4, 13)))), None, "inside a character");
        assert_eq!(of(source, Place::line(9)), None);
        assert_eq!(of(source, Place::line(0)), None);
    }
}
