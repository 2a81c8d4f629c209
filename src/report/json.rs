//! JSON that may be shown on a terminal as it is.

use std::fmt::Write;

use serde::Serialize;

use super::ReportError;
use crate::text::is_treacherous;

/// The value as indented JSON and a line break. Its strings say exactly what they said; characters
/// that could act on a terminal are written as escapes, which `serde_json` does for ASCII alone.
pub(super) fn pretty(value: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    let json = serde_json::to_string_pretty(value)?;
    let mut inert = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // Outside of strings the line break is the only such character there is.
        if is_treacherous(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(inert, "\\u{unit:04x}").expect("text grows");
            }
        } else {
            inert.push(c);
        }
    }
    inert.push('\n');
    Ok(inert.into_bytes())
}

/// To four decimals: more would be noise, and the last digits differ between machines.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_say_what_they_said() {
        let text = "é \u{1b}[31m \u{9b}2J \u{202e} \u{e0041} \n \u{7f}";
        let json = String::from_utf8(pretty(&[text]).unwrap()).unwrap();
        assert!(json.chars().all(|c| c == '\n' || !is_treacherous(c)), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}
