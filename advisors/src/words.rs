//! Numbers and evidence in words, so that all advisors say them alike.

use crate::{Evidence, Heat, Lengths, Operand, Place, Source};
use ruff_python_ast::ExprCall;
use ruff_text_size::{Ranged, TextRange};

/// A number with its thousands set apart: `48,213`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What was seen of an operand, as a sentence.
pub fn sighting(operand: &Operand) -> String {
    let Operand { expression, type_name, observations, lengths, .. } = operand;
    let looks = match observations {
        1 => "at the one look at it".to_owned(),
        count => format!("in {} looks", thousands(u64::from(*count))),
    };
    match lengths {
        None => format!("`{expression}` was a {type_name} {looks}."),
        Some(Lengths { min, max, .. }) if min == max => {
            format!("`{expression}` was a {type_name} of {} {looks}.", thousands(*min))
        }
        Some(Lengths { min, max, .. }) => format!(
            "`{expression}` was a {type_name} of {} to {} {looks}.",
            thousands(*min),
            thousands(*max)
        ),
    }
}

/// What a call takes of the run, computing or waiting, as evidence.
pub fn spent_in(source: &Source, call: &ExprCall, heat: &Heat) -> Evidence {
    let share = (heat.share * 100.0).round();
    Evidence::Fact(format!("{share:.0} % of the run in `{}`", code(source, call.func.range())))
}

/// Source text on one line, for a title.
pub fn code(source: &Source, range: TextRange) -> String {
    source.slice(range).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Seconds in words: `47 ms`, `1.2 s`.
pub fn duration(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

/// `line 7`, for a sentence.
pub fn line(source: &Source, range: TextRange) -> String {
    let Place { line, .. } = source.place(range);
    format!("line {line}")
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[test]
fn thousands_are_set_apart() {
    for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (48_213_007, "48,213,007")] {
        assert_eq!(thousands(number), text);
    }
}
