//! Values as Python would write them, as far as they were seen.

use std::fmt::Write;

use crate::report::numbers;
use crate::sample::Footprint;
use crate::sample::dump::{Content, Value};

/// What is in the value, as an expression: `[1, 'a', list of 3, …]`. `None` when nothing was
/// looked at. It holds what the target chose.
pub(super) fn literal(value: &Value) -> Option<String> {
    match &value.content {
        Content::Unseen => None,
        Content::Elements(elements) => Some(elements_of(value, elements)),
        Content::Entries(entries) => Some(entries_of(value, entries)),
        plain => Some(plain_literal(plain)),
    }
}

/// `list of 48,213 (386 kB, about 4.2 MB with what it holds)`, `str of 5`, `Order`
pub(super) fn kind(value: &Value) -> Option<String> {
    let name = value.type_name.as_ref()?.data();
    let kind = match value.length {
        Some(length) => format!("{name} of {}", numbers::thousands(length)),
        None => name.to_owned(),
    };
    Some(match value.footprint {
        Some(Footprint { shallow, deep }) => format!(
            "{kind} ({}, about {} with what it holds)",
            numbers::bytes(shallow),
            numbers::bytes(deep)
        ),
        None => kind,
    })
}

fn plain_literal(content: &Content) -> String {
    match content {
        Content::None => "None".to_owned(),
        Content::Bool(true) => "True".to_owned(),
        Content::Bool(false) => "False".to_owned(),
        Content::Int(number) => number.to_string(),
        Content::LongInt { bits, negative } => {
            let sign = if *negative { "-" } else { "" };
            format!("{sign}… (an int of up to {} bits)", numbers::thousands(*bits))
        }
        Content::Float(number) => float(*number),
        Content::Text { start, cut } => quoted(start.data(), *cut),
        Content::Bytes { start, cut } => bytes(start, *cut),
        Content::Shown(text) => text.data().to_owned(),
        Content::Unseen | Content::Elements(_) | Content::Entries(_) => "…".to_owned(),
    }
}

fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => "nan".to_owned(),
        number if number.is_infinite() => if number > 0.0 { "inf" } else { "-inf" }.to_owned(),
        number => format!("{number:?}"),
    }
}

/// With quotes and backslashes escaped; the exits of [`crate::text`] see to the rest.
fn quoted(text: &str, cut: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push_str(if cut { "'…" } else { "'" });
    out
}

fn bytes(bytes: &[u8], cut: bool) -> String {
    let mut out = "b'".to_owned();
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            byte => write!(out, "\\x{byte:02x}").expect("text grows"),
        }
    }
    out.push_str(if cut { "'…" } else { "'" });
    out
}

fn elements_of(value: &Value, elements: &[Option<Value>]) -> String {
    let mut parts: Vec<String> = elements.iter().map(part).collect();
    parts.extend(rest(value, elements.len()));
    match value.type_name.as_ref().map(|name| name.data()) {
        Some("list") => format!("[{}]", parts.join(", ")),
        Some("tuple") if value.length == Some(1) => format!("({},)", parts.join(", ")),
        Some("tuple") => format!("({})", parts.join(", ")),
        Some("set") if value.length != Some(0) => format!("{{{}}}", parts.join(", ")),
        Some("set") => "set()".to_owned(),
        Some("frozenset") => format!("frozenset({{{}}})", parts.join(", ")),
        // A class of its own shows itself as it likes.
        _ => format!("<{}>", parts.join(", ")),
    }
}

fn entries_of(value: &Value, entries: &[(Option<Value>, Option<Value>)]) -> String {
    let entry = |(key, value): &(_, _)| format!("{}: {}", part(key), part(value));
    let mut parts: Vec<String> = entries.iter().map(entry).collect();
    parts.extend(rest(value, entries.len()));
    format!("{{{}}}", parts.join(", "))
}

/// That there is more than was looked at.
fn rest(value: &Value, seen: usize) -> Option<String> {
    value.length.is_none_or(|length| length > seen as u64).then(|| "…".to_owned())
}

/// An element: what it is worth, else what it is.
fn part(value: &Option<Value>) -> String {
    let Some(value) = value else { return "?".to_owned() };
    match &value.content {
        Content::Unseen => kind(value).map_or("?".to_owned(), |kind| format!("<{kind}>")),
        plain => plain_literal(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Untrusted;

    fn value(type_name: &str, length: Option<u64>, content: Content) -> Value {
        Value { type_name: Some(Untrusted::new(type_name)), length, footprint: None, content }
    }

    fn int(number: i128) -> Option<Value> {
        Some(value("int", None, Content::Int(number)))
    }

    fn text(text: &str, cut: bool) -> Content {
        Content::Text { start: Untrusted::new(text), cut }
    }

    #[test]
    fn values_are_written_as_python_writes_them() {
        let plain = [
            (Content::None, "None"),
            (Content::Bool(true), "True"),
            (Content::Int(-5), "-5"),
            (Content::Float(1.0), "1.0"),
            (Content::Float(f64::NEG_INFINITY), "-inf"),
            (text("it's\n", false), r"'it\'s\n'"),
            (text("abc", true), "'abc'…"),
            (Content::Bytes { start: b"a'\x00\xff".to_vec(), cut: false }, r"b'a\'\x00\xff'"),
            (Content::LongInt { bits: 1500, negative: true }, "-… (an int of up to 1,500 bits)"),
        ];
        for (content, expected) in plain {
            assert_eq!(literal(&value("x", None, content)).as_deref(), Some(expected));
        }
        assert_eq!(literal(&value("Order", None, Content::Unseen)), None);
    }

    #[test]
    fn containers_show_how_they_begin() {
        let nested = Some(value("list", Some(3), Content::Unseen));
        let list = |length, elements| value("list", Some(length), Content::Elements(elements));
        let shown = |value| literal(&value).expect("seen");
        assert_eq!(shown(list(2, vec![int(1), nested])), "[1, <list of 3>]");
        assert_eq!(shown(list(9_000, vec![int(1), None])), "[1, ?, …]");
        assert_eq!(shown(list(0, vec![])), "[]");
        let of = |name, length, elements| value(name, Some(length), Content::Elements(elements));
        assert_eq!(shown(of("tuple", 1, vec![int(7)])), "(7,)");
        assert_eq!(shown(of("set", 0, vec![])), "set()");
        assert_eq!(shown(of("set", 1, vec![int(7)])), "{7}");
        assert_eq!(shown(of("frozenset", 1, vec![int(7)])), "frozenset({7})");
        assert_eq!(shown(of("Point", 2, vec![int(1), int(2)])), "<1, 2>");
        let key = Some(value("str", Some(1), text("k", false)));
        let dict = value("dict", Some(2), Content::Entries(vec![(key, int(1))]));
        assert_eq!(shown(dict), "{'k': 1, …}");
    }

    #[test]
    fn a_kind_has_its_length() {
        assert_eq!(kind(&value("list", Some(48_213), Content::Unseen)).unwrap(), "list of 48,213");
        assert_eq!(kind(&value("Order", None, Content::Unseen)).unwrap(), "Order");
    }
}
