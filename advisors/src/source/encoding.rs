//! Which encoding a source file is in (PEP 263), and its text.

use super::SourceError;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the characters of a source file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// A byte each, up to 127.
    Ascii,
    /// A byte each, up to 255.
    Latin1,
    /// Where nothing else is declared.
    Utf8,
}

impl Encoding {
    /// That of a source file, of which these are the bytes or, decoded, the text.
    ///
    /// # Errors
    /// When the one that it declares is not understood.
    pub fn of(file: &[u8]) -> Result<Self, SourceError> {
        let declared = if file.starts_with(BYTE_ORDER_MARK) { None } else { cookie(file) };
        let Some(cookie) = declared else { return Ok(Self::Utf8) };
        match normalised(&cookie).as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "u8" | "cp65001" => Ok(Self::Utf8),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" | "cp819" => {
                Ok(Self::Latin1)
            }
            "ascii" | "us-ascii" | "646" => Ok(Self::Ascii),
            _ => Err(SourceError::UnknownEncoding(cookie)),
        }
    }

    /// The bytes of a part of a file; `None` when it has no room for one of the characters.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).ok()).collect(),
            Self::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<String, SourceError> {
        match self {
            Self::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Self::Ascii if !bytes.is_ascii() => Err(SourceError::Encoding("ASCII")),
            Self::Utf8 | Self::Ascii => utf8(bytes),
        }
    }
}

/// The text of a source file, without its byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<String, SourceError> {
    let encoding = Encoding::of(bytes)?;
    encoding.decode(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))
}

fn utf8(bytes: &[u8]) -> Result<String, SourceError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| SourceError::Encoding("UTF-8"))
}

/// The encoding that a comment in the first or second line declares. The second line counts only
/// when the first is blank or a comment.
fn cookie(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let first = lines.next()?;
    let in_first = comment(first).and_then(declared);
    if in_first.is_some() || !(comment(first).is_some() || first.trim_ascii().is_empty()) {
        return in_first;
    }
    declared(comment(lines.next()?)?)
}

/// What follows the `#` of a line that holds nothing else.
fn comment(line: &[u8]) -> Option<&[u8]> {
    let start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))?;
    line[start..].strip_prefix(b"#")
}

/// The name after `coding:` or `coding=`.
fn declared(comment: &[u8]) -> Option<String> {
    let key = b"coding";
    let mut from = 0;
    while let Some(at) = comment[from..].windows(key.len()).position(|window| window == key) {
        let rest = &comment[from + at + key.len()..];
        if let [b':' | b'=', value @ ..] = rest {
            let name: String = value
                .iter()
                .skip_while(|byte| matches!(byte, b' ' | b'\t'))
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
                .map(|&byte| char::from(byte))
                .collect();
            if !name.is_empty() {
                return Some(name);
            }
        }
        from += at + key.len();
    }
    None
}

fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
