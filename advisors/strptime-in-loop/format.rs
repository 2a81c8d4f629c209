//! Which formats are those of ISO 8601.

use crate::Python;

/// Whether `fromisoformat` reads what this format reads. Before CPython 3.11 it knows only what
/// `isoformat` writes (The Python Standard Library: `datetime.fromisoformat`): fractions of three
/// or six digits alone, and no `Z`. Before 3.7 there is none.
pub(super) fn is_iso(format: &str, python: Python) -> bool {
    let wide = python.at_least(3, 11);
    let time = match format.strip_prefix("%Y-%m-%d") {
        Some(time) => time,
        None => match format.strip_prefix("%Y%m%d").filter(|_| wide) {
            Some(time) => time,
            None => return false,
        },
    };
    let zoned = time.strip_suffix("%z");
    let plain = zoned.unwrap_or(time);
    let fraction = plain.strip_suffix(".%f");
    let clock = fraction.unwrap_or(plain);
    let of_day = clock.is_empty() && fraction.is_none() && zoned.is_none();
    let mut parts = clock.chars();
    let separated = parts.next().is_some_and(|separator| separator == 'T' || separator == ' ');
    let of_time = separated
        && match parts.as_str() {
            "%H:%M:%S" => true,
            "%H:%M" => fraction.is_none(),
            _ => false,
        };
    let narrow = fraction.is_none() && zoned.is_none();
    python.at_least(3, 7) && (of_day || of_time) && (wide || narrow)
}

/// How long a text of such a format is when every number in it has all its digits; a fraction and a time
/// zone have one character or more.
pub(super) fn least_length(format: &str) -> u64 {
    let mut length = 0;
    let mut rest = format.chars();
    while let Some(character) = rest.next() {
        length += match (character, rest.as_str().chars().next()) {
            ('%', Some(directive)) => {
                rest.next();
                match directive {
                    'Y' => 4,
                    'f' | 'z' => 1,
                    _ => 2,
                }
            }
            _ => 1,
        };
    }
    length
}

#[test]
fn whole_texts_are_as_long_as_their_digits() {
    let lengths =
        ["%Y-%m-%d", "%Y%m%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.%f%z"].map(least_length);
    assert_eq!(lengths, [10, 8, 16, 22]);
}

#[test]
fn formats_of_iso_are_known() {
    let (old, new) = (Python::new(3, 10), Python::new(3, 11));
    for (format, before, since) in [
        ("%Y-%m-%d", true, true),
        ("%Y-%m-%d %H:%M:%S", true, true),
        ("%Y-%m-%dT%H:%M", true, true),
        ("%Y-%m-%dT%H:%M:%S.%f", false, true),
        ("%Y-%m-%dT%H:%M:%S%z", false, true),
        ("%Y%m%d", false, true),
        ("%d/%b/%Y:%H:%M:%S", false, false),
        ("%Y-%m-%d%H:%M", false, false),
        ("%Y-%m-%d.%f", false, false),
        ("%Y-%m-%d %H:%M.%f", false, false),
        ("%y-%m-%d", false, false),
        ("%Y-%m-%d UTC", false, false),
        ("", false, false),
    ] {
        assert_eq!((is_iso(format, old), is_iso(format, new)), (before, since), "{format}");
    }
    assert!(!is_iso("%Y-%m-%d", Python::new(3, 6)));
}
