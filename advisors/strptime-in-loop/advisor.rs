//! `datetime.strptime` where `fromisoformat` would do, or where the same texts come back.

mod format;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::words::{code, thousands};
use crate::{Advisor, Case, Distinct, Edit, Finding, Fix, Gain, Heat, Safety, Worth};

/// Share of the run that must be spent in strptime's Python code.
const MIN_SHARE: f64 = 0.03;

/// Rows of the pair; what it measured is the same for any number.
const ROWS: u64 = 1_000;

/// Calls that must have been looked at to say that their texts come back.
const MIN_CALLS: u32 = 20;

/// Calls a distinct text, at the least, for a cache to be worth it.
const MIN_RETURNS: u32 = 4;

const PARSERS: &[&str] = &["datetime.datetime.strptime", "datetime.date.strptime"];

pub(crate) struct StrptimeInLoop;

impl Advisor for StrptimeInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls().filter(|(_, call)| case.tree.calls_one_of(call, PARSERS));
        calls.filter_map(|(_, call)| finding(case, call)).collect()
    }
}

fn finding(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let [text, format] = &*call.arguments.args else { return None };
    if !call.arguments.keywords.is_empty() {
        return None;
    }
    let below = case.below(call.range(), |callee| callee.is_one_of(&["_strptime:"]));
    let (parsing, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let heat = case.with_own(parsing, &[call.range()]);
    let format = case.tree.constant_text(format)?;
    let is_iso = format::is_iso(format, case.python) && !are_short(case, call, text, format);
    let advice = match is_iso {
        true => by_iso(case, call, text, &heat)?,
        false => by_cache(case, call, text, &heat)?,
    };
    Some(Finding {
        range: call.range(),
        title: format!("`{}` {}", code(case.source, call.range()), advice.title),
        because: advice.because,
        heat,
        evidence: vec![callee.evidence(&parsing)],
        worth: Worth::Time(advice.gain),
        fix: advice.fix,
    })
}

/// Whether some of the texts were seen to lack the digits that `fromisoformat` wants: `2024-1-1`.
fn are_short(case: &Case<'_>, call: &ExprCall, text: &Expr, format: &str) -> bool {
    let seen = case.operand(call.range(), case.source.slice(text.range()));
    let lengths = seen.and_then(|operand| operand.lengths);
    lengths.is_some_and(|lengths| lengths.min < format::least_length(format))
}

struct Advice {
    title: String,
    because: Vec<String>,
    gain: Gain,
    fix: Option<Fix>,
}

const COST: &str = "`strptime` is Python code that looks its format up in a cache, matches a \
                    regular expression and puts the groups together, for every text.";

fn by_iso(case: &Case<'_>, call: &ExprCall, text: &Expr, heat: &Heat) -> Option<Advice> {
    let faster = "The format is that of ISO 8601, which `fromisoformat` reads in C.".to_owned();
    let fix = match &*call.func {
        Expr::Attribute(method) => {
            let rest = TextRange::new(text.end(), call.arguments.range().end());
            Some(Fix {
                safety: Safety::Unsafe,
                note: Some(
                    "month, day, hour, minute and second must have two digits in every text; and \
                     texts of another ISO form, which raise `ValueError` now, may be accepted"
                        .to_owned(),
                ),
                edits: vec![
                    Edit { range: method.attr.range(), text: "fromisoformat".to_owned() },
                    Edit { range: rest, text: ")".to_owned() },
                ],
            })
        }
        _ => None,
    };
    Some(Advice {
        title: "reads a format that `fromisoformat` knows".to_owned(),
        because: vec![COST.to_owned(), faster],
        gain: case.gain(heat, Some(ROWS), ROWS)?,
        fix,
    })
}

/// The texts come back, and a cache would give what was made of them the first time.
fn by_cache(case: &Case<'_>, call: &ExprCall, text: &Expr, heat: &Heat) -> Option<Advice> {
    let Expr::Name(name) = text else { return None };
    let Distinct { calls, values } = case.operand(call.range(), name.id.as_str())?.distinct?;
    if calls < MIN_CALLS || values * MIN_RETURNS > calls {
        return None;
    }
    let all = case.gain(heat, Some(ROWS), ROWS)?;
    let hits = 1.0 - f64::from(values) / f64::from(calls);
    let gain = Gain { saved: all.saved * hits, saved_low: all.saved_low * hits, ..all };
    let seen = format!(
        "`{}` had {} in {} calls that were looked at.",
        name.id,
        match values {
            1 => "one value".to_owned(),
            values => format!("{} values", thousands(u64::from(values))),
        },
        thousands(u64::from(calls))
    );
    let advice = "Put the call into a function of its own with `@functools.lru_cache`, which \
                  gives a text's date again without parsing it: dates do not change.";
    Some(Advice {
        title: "parses the same texts again and again".to_owned(),
        because: vec![seen, COST.to_owned(), advice.to_owned()],
        gain: Some(gain).filter(Gain::worth_saying)?,
        fix: None,
    })
}
