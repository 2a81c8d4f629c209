//! `L.count(x)` for one value after the other.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::list_calls::{ListCall, hot_calls};
use crate::turns::Turns;
use crate::words::{code, line};
use crate::{Advisor, Case, Finding, Worth};

/// Below this length counting anew is about as fast as asking a dict.
const MIN_LENGTH: u64 = 50;

const WHY: &str = "A `collections.Counter` counts all values in one pass and then tells each by its \
    hash.";

pub(crate) struct ListCountInLoop;

impl Advisor for ListCountInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = hot_calls(case, "count", MIN_LENGTH).into_iter();
        calls.filter_map(|call| finding(case, call)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, call: ListCall<'a>) -> Option<Finding> {
    let counted = call.argument()?;
    let (again, check) = call.looked_up(case, counted)?;
    let mut advice = advice(case, &call, counted, again);
    advice.extend(check.iter().flat_map(|check| [" ", check.as_str()]));
    let does = format!("goes through {} for every value that is counted", call.described());
    let heat = call.heat;
    let gain = case.gain(&heat, Some(call.length), call.length)?;
    let finding = call.finding(case, &does, WHY, advice)?;
    // The pair asks for few values: the more there are, the less the one pass matters.
    Some(Finding { worth: Worth::Time(gain.up_to_all(&heat)), ..finding })
}

fn advice<'a>(case: &Case<'a>, call: &ListCall<'a>, counted: &Expr, again: Turns) -> String {
    let (name, value) = (call.name(case), code(case.source, counted.range()));
    let lines = line(case.source, case.tree.range(again.place()));
    let place = match again {
        Turns::Caller(_) => format!("Once, where `{name}` is made or before the loop on {lines}"),
        _ => format!("Before the loop on {lines}"),
    };
    format!(
        "{place}, write `counts = Counter({name})`; then, in place of the call, `counts[{value}]`. \
         The elements must be hashable."
    )
}
