//! How the user wants to look at the picture, and what keys do to that. Pure.

use super::keys::Key;
use super::tally::Span;

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Rows {
    /// Functions.
    Functions,
    /// Lines of source.
    Lines,
    /// Expressions, where the interpreter tells columns; elsewhere lines.
    #[default]
    Expressions,
    /// Threads.
    Threads,
}

/// What the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sort {
    /// Share at the top of the stack; of a thread, its busy share.
    #[default]
    Own,
    /// Share anywhere on the stack; of a thread, its share of the interpreter's lock.
    Total,
    /// Name.
    Name,
}

/// What a key comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Nothing has changed.
    Nothing,
    /// The picture has to be drawn anew.
    Redraw,
    /// Everything has to be drawn anew, whatever the terminal shows now.
    Repaint,
    /// The user has seen enough.
    Leave,
}

/// Characters of a filter; more is a cat on the keyboard.
const FILTER_CHARS: usize = 64;

/// How the user wants to look at the picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Screen {
    /// What the rows are.
    pub(super) rows: Rows,
    /// What they are sorted by.
    pub(super) sort: Sort,
    /// What time shares are of.
    pub(super) span: Span,
    /// What the rows shown have in them.
    pub(super) filter: String,
    /// Whether keys go to the filter.
    pub(super) is_typing: bool,
    /// Whether the picture stands still.
    pub(super) is_paused: bool,
    /// Whether the keys are explained.
    pub(super) shows_help: bool,
    /// The first row shown.
    pub(super) first: usize,
}

impl Screen {
    /// What a key does, on a screen that shows so many of so many rows.
    pub(super) fn press(&mut self, key: Key, shown: usize, all: usize) -> Reaction {
        let before = self.clone();
        match key {
            Key::Ctrl('c') => return Reaction::Leave,
            Key::Ctrl('l') => return Reaction::Repaint,
            _ if self.is_typing => self.type_filter(key),
            _ if self.shows_help => match key {
                Key::Char('q') => return Reaction::Leave,
                _ => self.shows_help = false,
            },
            Key::Char(letter) => match self.choose(letter) {
                Some(reaction) => return reaction,
                None => self.keep_first_row_unless_other_rows(&before),
            },
            Key::Escape => self.filter.clear(),
            Key::Tab => self.rows = self.rows.next(),
            Key::Left => self.sort = self.sort.left(),
            Key::Right => self.sort = self.sort.right(),
            _ => self.scroll(key, shown),
        }
        self.first = self.first.min(all.saturating_sub(shown.min(all)));
        if *self == before { Reaction::Nothing } else { Reaction::Redraw }
    }

    fn choose(&mut self, letter: char) -> Option<Reaction> {
        match letter {
            'q' => return Some(Reaction::Leave),
            's' => self.sort = Sort::Own,
            't' => self.sort = Sort::Total,
            'n' => self.sort = Sort::Name,
            'f' => self.rows = Rows::Functions,
            'l' => self.rows = Rows::Lines,
            'e' => self.rows = Rows::Expressions,
            'h' => self.rows = Rows::Threads,
            'w' => self.span = self.span.other(),
            ' ' => self.is_paused = !self.is_paused,
            '/' => self.is_typing = true,
            '?' => self.shows_help = true,
            _ => {}
        }
        None
    }

    fn keep_first_row_unless_other_rows(&mut self, before: &Self) {
        let is_same = (self.rows, self.sort, self.span) == (before.rows, before.sort, before.span);
        if !is_same {
            self.first = 0;
        }
    }

    fn type_filter(&mut self, key: Key) {
        match key {
            Key::Enter => self.is_typing = false,
            Key::Escape => {
                self.is_typing = false;
                self.filter.clear();
            }
            Key::Backspace => drop(self.filter.pop()),
            Key::Ctrl('u') => self.filter.clear(),
            Key::Char(letter) if self.filter.chars().count() < FILTER_CHARS => {
                self.filter.push(letter);
            }
            _ => {}
        }
        self.first = 0;
    }

    fn scroll(&mut self, key: Key, shown: usize) {
        let page = shown.saturating_sub(1).max(1);
        self.first = match key {
            Key::Up => self.first.saturating_sub(1),
            Key::Down => self.first + 1,
            Key::PageUp => self.first.saturating_sub(page),
            Key::PageDown => self.first + page,
            Key::Home => 0,
            Key::End => usize::MAX,
            _ => self.first,
        };
    }
}

impl Rows {
    fn next(self) -> Self {
        match self {
            Self::Functions => Self::Lines,
            Self::Lines => Self::Expressions,
            Self::Expressions => Self::Threads,
            Self::Threads => Self::Functions,
        }
    }
}

impl Sort {
    fn left(self) -> Self {
        match self {
            Self::Own | Self::Total => Self::Own,
            Self::Name => Self::Total,
        }
    }

    fn right(self) -> Self {
        match self {
            Self::Own => Self::Total,
            Self::Total | Self::Name => Self::Name,
        }
    }
}

impl Span {
    fn other(self) -> Self {
        match self {
            Self::Window => Self::Ever,
            Self::Ever => Self::Window,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A screen after some keys, of which it shows 10 of 25 rows.
    fn after(keys: &[Key]) -> Screen {
        let mut screen = Screen::default();
        for &key in keys {
            screen.press(key, 10, 25);
        }
        screen
    }

    fn typed(text: &str) -> Vec<Key> {
        text.chars().map(Key::Char).collect()
    }

    #[test]
    fn every_letter_does_what_the_help_says() {
        assert_eq!(after(&typed("t")).sort, Sort::Total);
        assert_eq!(after(&typed("ns")).sort, Sort::Own);
        assert_eq!(after(&[Key::Right, Key::Right, Key::Right]).sort, Sort::Name);
        assert_eq!(after(&[Key::Right, Key::Right, Key::Left]).sort, Sort::Total);
        assert_eq!(after(&typed("f")).rows, Rows::Functions);
        assert_eq!(after(&typed("fl")).rows, Rows::Lines);
        assert_eq!(after(&typed("he")).rows, Rows::Expressions);
        assert_eq!(after(&[Key::Tab]).rows, Rows::Threads);
        assert_eq!(after(&[Key::Tab; 4]).rows, Rows::default());
        assert_eq!(after(&typed("w")).span, Span::Ever);
        assert_eq!(after(&typed("ww")), Screen::default());
        assert!(after(&typed(" ")).is_paused && !after(&typed("  ")).is_paused);
        assert!(after(&typed("?")).shows_help && !after(&typed("?s")).shows_help);
    }

    #[test]
    fn a_filter_is_typed_and_cleared() {
        let keys = [typed("/quot"), vec![Key::Backspace, Key::Char('q')]].concat();
        let screen = after(&keys);
        assert_eq!((screen.filter.as_str(), screen.is_typing), ("quoq", true));
        let entered = after(&[&keys[..], &[Key::Enter]].concat());
        assert_eq!((entered.filter.as_str(), entered.is_typing), ("quoq", false));
        assert_eq!(after(&[&keys[..], &[Key::Escape]].concat()), Screen::default());
        assert_eq!(after(&[&keys[..], &[Key::Enter, Key::Escape]].concat()), Screen::default());
        let long = after(&typed(&format!("/{}", "x".repeat(1_000))));
        assert_eq!(long.filter.len(), FILTER_CHARS);
    }

    #[test]
    fn scrolling_stays_on_the_rows() {
        assert_eq!(after(&[Key::Down, Key::Down, Key::Up]).first, 1);
        assert_eq!(after(&[Key::PageDown]).first, 9);
        assert_eq!(after(&[Key::PageDown, Key::PageDown, Key::PageDown]).first, 15);
        assert_eq!(after(&[Key::End]).first, 15);
        assert_eq!(after(&[Key::End, Key::PageUp]).first, 6);
        assert_eq!(after(&[Key::End, Key::Home, Key::Up]).first, 0);
        assert_eq!(after(&[Key::End, Key::Char('t')]).first, 0, "other rows begin at the top");
        assert_eq!(after(&[Key::End, Key::Char(' ')]).first, 15);
        let mut few = Screen::default();
        few.press(Key::End, 10, 3);
        assert_eq!(few.first, 0);
    }

    #[test]
    fn q_leaves_unless_it_is_typed_and_ctrl_c_always_leaves() {
        for keys in ["", "?", " "] {
            assert_eq!(after(&typed(keys)).press(Key::Char('q'), 1, 1), Reaction::Leave, "{keys}");
        }
        assert_eq!(after(&typed("/")).press(Key::Char('q'), 1, 1), Reaction::Redraw);
        for keys in ["", "?", "/"] {
            assert_eq!(after(&typed(keys)).press(Key::Ctrl('c'), 1, 1), Reaction::Leave);
        }
        assert_eq!(Screen::default().press(Key::Char('x'), 1, 1), Reaction::Nothing);
        assert_eq!(Screen::default().press(Key::Ctrl('l'), 1, 1), Reaction::Repaint);
    }
}
