//! What a terminal sends for a key (ECMA-48, xterm), told apart from what it sends for others.

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// One that stands for a character.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Escape.
    Escape,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

/// Bytes of one key that are waited for before it is taken for nothing.
const LONGEST: usize = 16;

/// Bytes as they come, which may be part of a key, or of several.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
}

/// What stands at the beginning of some bytes.
enum Head {
    /// This key, so many bytes long.
    Key(Key, usize),
    /// So many bytes that mean nothing here.
    Nothing(usize),
    /// The beginning of a key.
    Partial,
}

impl Keys {
    /// The keys that are whole with these bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.bytes.extend_from_slice(bytes);
        let mut keys = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            match head(&self.bytes[at..]) {
                Head::Key(key, length) => {
                    keys.push(key);
                    at += length;
                }
                Head::Nothing(length) => at += length,
                Head::Partial => break,
            }
        }
        self.bytes.drain(..at);
        keys
    }

    /// Says that for a while nothing came: an escape that nothing followed was the key.
    pub(super) fn pause(&mut self) -> Option<Key> {
        let bytes = std::mem::take(&mut self.bytes);
        (bytes == [ESCAPE]).then_some(Key::Escape)
    }
}

const ESCAPE: u8 = 0x1b;

fn head(bytes: &[u8]) -> Head {
    let key = |key| Head::Key(key, 1);
    match bytes[0] {
        ESCAPE => sequence(bytes),
        b'\r' | b'\n' => key(Key::Enter),
        b'\t' => key(Key::Tab),
        0x08 | 0x7f => key(Key::Backspace),
        control @ 1..=26 => key(Key::Ctrl(char::from(b'a' + control - 1))),
        0..=0x1f => Head::Nothing(1),
        _ => character(bytes),
    }
}

fn character(bytes: &[u8]) -> Head {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(error) => return error.error_len().map_or(Head::Partial, Head::Nothing),
    };
    let first = valid.chars().next();
    first.map_or(Head::Nothing(1), |first| Head::Key(Key::Char(first), first.len_utf8()))
}

fn sequence(bytes: &[u8]) -> Head {
    let Some(&kind) = bytes.get(1) else { return Head::Partial };
    if !matches!(kind, b'[' | b'O') {
        return Head::Key(Key::Escape, 1);
    }
    let is_final = |byte: &u8| (0x40..=0x7e).contains(byte);
    let Some(length) = bytes[2..].iter().position(is_final) else {
        return if bytes.len() < LONGEST { Head::Partial } else { Head::Nothing(bytes.len()) };
    };
    let (parameters, last) = (&bytes[2..2 + length], bytes[2 + length]);
    let key = match (last, parameters) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'~', b"5") => Key::PageUp,
        (b'~', b"6") => Key::PageDown,
        _ => return Head::Nothing(length + 3),
    };
    Head::Key(key, length + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        Keys::default().take(bytes)
    }

    #[test]
    fn keys_are_told_apart() {
        let typed = "sä日/\r\t\x7f\x03\x1b[A\x1bOB\x1b[1;5C\x1b[D\x1b[5~\x1b[6~\x1b[H\x1b[4~q";
        let expected = [
            Key::Char('s'),
            Key::Char('ä'),
            Key::Char('日'),
            Key::Char('/'),
            Key::Enter,
            Key::Tab,
            Key::Backspace,
            Key::Ctrl('c'),
            Key::Up,
            Key::Down,
            Key::Right,
            Key::Left,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
            Key::Char('q'),
        ];
        assert_eq!(keys(typed.as_bytes()), expected);
    }

    #[test]
    fn what_comes_in_pieces_is_put_together() {
        for typed in ["\x1b[6~", "日", "\x1bOA"] {
            let mut one_by_one = Keys::default();
            let pieces = typed.bytes().flat_map(|byte| one_by_one.take(&[byte]));
            assert_eq!(pieces.collect::<Vec<_>>(), keys(typed.as_bytes()), "{typed:?}");
        }
    }

    #[test]
    fn a_lone_escape_is_a_key_once_nothing_follows() {
        let mut keys = Keys::default();
        assert_eq!(keys.take(b"\x1b"), []);
        assert_eq!(keys.pause(), Some(Key::Escape));
        assert_eq!(keys.pause(), None);
        assert_eq!(keys.take(b"\x1bq"), [Key::Escape, Key::Char('q')]);
    }

    #[test]
    fn nonsense_means_nothing_and_does_not_pile_up() {
        assert_eq!(keys(b"\x1b[200~\x1b[15~\xff\xfe\x00q"), [Key::Char('q')]);
        let mut keys = Keys::default();
        for _ in 0..1_000 {
            assert_eq!(keys.take(b"\x1b[0000000000000000"), []);
            assert!(keys.bytes.len() <= LONGEST + 2);
            keys.pause();
        }
    }
}
