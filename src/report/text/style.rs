//! Colours, wrapping, and lines of source as a terminal shows them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::text::Untrusted;

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// Paints text, or leaves it as it is.
#[derive(Clone, Copy)]
pub(in crate::report) struct Style {
    pub(in crate::report) color: bool,
}

impl Style {
    pub(in crate::report) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(in crate::report) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(in crate::report) fn hot(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    pub(in crate::report) fn removed(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub(in crate::report) fn added(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(in crate::report) fn command(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// Select Graphic Rendition (ECMA-48), reset after the text.
    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A line of source for a terminal: tabs as blanks, the line break gone, the rest neutralised.
/// What a prefix of the line gives is a prefix of what the line gives.
pub(in crate::report) fn source_line(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut column = 0;
    for part in line.trim_end_matches(['\r', '\n']).split_inclusive('\t') {
        let text = Untrusted::new(part.trim_end_matches('\t')).terminal();
        column += text.width();
        shown += &text;
        if part.ends_with('\t') {
            let blanks = TAB - column % TAB;
            column += blanks;
            shown.extend(std::iter::repeat_n(' ', blanks));
        }
    }
    shown
}

/// The part of `text` from display column `start` that fits into `columns`; cuts are marked `…`.
pub(in crate::report) fn window(text: &str, start: usize, columns: usize) -> String {
    let end = start + columns;
    if start == 0 && text.width() <= columns {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut column = 0;
    for c in text.chars() {
        let next = column + c.width().unwrap_or(0);
        if column >= start && next <= end {
            shown.push(c);
        }
        column = next;
    }
    if column > end {
        shown.pop();
        shown.push('…');
    }
    if start > 0 && !shown.is_empty() {
        shown.remove(0);
        shown.insert(0, '…');
    }
    shown
}

/// The end of a text that is wider than `columns`, its cut marked `…`.
pub(in crate::report) fn last_columns(text: &str, columns: usize) -> String {
    window(text, text.width().saturating_sub(columns), columns)
}

/// Both ends of a text that is wider than `columns`, more of the last; the cut between is marked `…`.
pub(in crate::report) fn both_ends(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let first: String = text
        .chars()
        .scan(0, |width, c| {
            *width += c.width().unwrap_or(0);
            (*width <= columns / 3).then_some(c)
        })
        .collect();
    format!("{first}{}", last_columns(text, columns - first.width()))
}

/// Breaks a sentence between words, so that no line is wider than `width` where that can be had.
pub(in crate::report) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a last line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_text_are_kept() {
        assert_eq!(both_ends("load (etl.py:41)", 16), "load (etl.py:41)");
        assert_eq!(both_ends("load_all_orders (jobs/etl.py:41)", 21), "load_al…bs/etl.py:41)");
        assert_eq!(both_ends("漢字漢字漢字 (etl.py:41)", 15).width(), 15);
    }

    #[test]
    fn source_lines_align_by_prefix() {
        let line = "\tif 日本 in\tx: \x1b[31m\r\n";
        let shown = source_line(line);
        assert_eq!(shown, "    if 日本 in  x: \\u{1b}[31m");
        for (at, _) in line.char_indices().take_while(|&(_, c)| c != '\r') {
            assert!(shown.starts_with(&source_line(&line[..at])), "{at}");
        }
    }

    #[test]
    fn windows_keep_to_their_columns() {
        assert_eq!(window("abcdef", 0, 6), "abcdef");
        assert_eq!(window("abcdefgh", 0, 6), "abcde…");
        assert_eq!(window("abcdefgh", 2, 6), "…defgh");
        assert_eq!(window("abcdefghij", 2, 6), "…defg…");
        assert_eq!(window("日本語日本語", 0, 7).width(), 5);
        assert_eq!(last_columns("/srv/app/etl.py:41", 10), "…etl.py:41");
        assert_eq!(last_columns("etl.py:41", 10), "etl.py:41");
    }

    #[test]
    fn long_words_stand_alone() {
        assert_eq!(wrap("a bb extraordinary c", 6), ["a bb", "extraordinary", "c"]);
        assert_eq!(wrap("", 6), [""]);
    }
}
