//! The user's hot files, and where in their text the sampled places stand.

use std::ops::Range;

use serde::Serialize;

use crate::advise::SourceText;
use crate::profile::{Location, Profile};
use crate::report::Input;
use crate::report::names;
use crate::report::text::style::source_line;

/// Lines of one place that are shaded: a call that goes on for longer is its first lines.
const PLACE_LINES: u32 = 40;

/// A file as it ran.
#[derive(Serialize)]
pub(super) struct Source {
    name: String,
    lines: Vec<String>,
    marks: Marks,
}

/// Where a place stands in a line, column by column.
#[derive(Serialize, Default)]
struct Marks {
    place: Vec<u32>,
    line: Vec<u32>,
    /// From the first to behind the last character in UTF-16 units of the shown line; both 0 when
    /// only the line is known.
    from: Vec<u32>,
    to: Vec<u32>,
}

pub(super) fn shown(input: &Input<'_>) -> Vec<Source> {
    input.advice.texts.iter().map(|text| source(text, input.profile)).collect()
}

fn source(text: &SourceText, profile: &Profile) -> Source {
    let lines: Vec<&str> = text.text.data().lines().collect();
    let mut marks = Marks::default();
    for (id, location) in (0..).zip(&profile.locations) {
        if location.code.file == text.file {
            marks.add(id, location, &lines);
        }
    }
    Source {
        name: names::file(&profile.target, &text.file).terminal(),
        lines: lines.iter().map(|line| source_line(line)).collect(),
        marks,
    }
}

impl Marks {
    fn add(&mut self, id: u32, Location { place, .. }: &Location, lines: &[&str]) {
        let last = place.end_line.clamp(place.line, place.line.saturating_add(PLACE_LINES));
        let numbers = place.line.max(1)..=last;
        for (number, line) in
            numbers.filter_map(|number| Some((number, lines.get(number as usize - 1)?)))
        {
            let start = (number == place.line).then(|| place.columns.map_or(0, |it| it.0));
            let end = (number == place.end_line).then(|| place.columns.map_or(0, |it| it.1));
            let part = place.columns.map_or(0..0, |_| units(line, start, end));
            self.place.push(id);
            self.line.push(number);
            self.from.push(part.start);
            self.to.push(part.end);
        }
    }
}

/// A stretch of a line, given in bytes, in UTF-16 units of the line as it is shown. Where it does
/// not begin or end here, it has the whole of the code.
fn units(line: &str, start: Option<u32>, end: Option<u32>) -> Range<u32> {
    let indentation = line.len() - line.trim_start().len();
    let start = start.map_or(indentation, |at| line.floor_char_boundary(at as usize));
    let end = end.map_or(line.trim_end().len(), |at| line.floor_char_boundary(at as usize));
    let shown = |byte: usize| source_line(&line[..byte]).encode_utf16().count() as u32;
    shown(start.min(end))..shown(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_shown_line() {
        let line = "\tif 'é日𝄞\u{202e}' in seen:";
        let bytes = |text: &str| line.find(text).map(|at| at as u32);
        let part = units(line, bytes("'é"), bytes(":"));
        let shown: Vec<u16> = source_line(line).encode_utf16().collect();
        let part = &shown[part.start as usize..part.end as usize];
        assert_eq!(String::from_utf16(part).unwrap(), r"'é日𝄞\u{202e}' in seen");
        assert_eq!(units("  x = f(", None, None), 2..8);
        assert_eq!(units("é", Some(1), Some(99)), 0..1);
    }
}
