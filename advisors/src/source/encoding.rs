//! Which encoding a source file is in (PEP 263), and its text.

use super::SourceError;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text of a source file, without its byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<String, SourceError> {
    if let Some(rest) = bytes.strip_prefix(BYTE_ORDER_MARK) {
        return utf8(rest);
    }
    let Some(cookie) = cookie(bytes) else { return utf8(bytes) };
    match normalised(&cookie).as_str() {
        "utf-8" | "utf8" | "utf-8-sig" | "u8" | "cp65001" => utf8(bytes),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" | "cp819" => {
            Ok(bytes.iter().map(|&byte| char::from(byte)).collect())
        }
        "ascii" | "us-ascii" | "646" if bytes.is_ascii() => utf8(bytes),
        "ascii" | "us-ascii" | "646" => Err(SourceError::Encoding("ASCII")),
        _ => Err(SourceError::UnknownEncoding(cookie)),
    }
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
