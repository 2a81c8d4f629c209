//! `L.index(x)` for one value after the other.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::list_calls::{ListCall, hot_calls};
use crate::turns::Turns;
use crate::words::{code, line};
use crate::{Advisor, Case, Finding};

/// Below this length looking through is about as fast as asking a dict.
const MIN_LENGTH: u64 = 50;

const WHY: &str = "It compares with one element after the other; a dict that is made once finds the \
    place by its hash, in the same time at any length.";

pub(crate) struct ListIndexInLoop;

impl Advisor for ListIndexInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = hot_calls(case, "index", MIN_LENGTH).into_iter();
        calls.filter_map(|call| finding(case, call)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, call: ListCall<'a>) -> Option<Finding> {
    let wanted = call.argument()?;
    let (again, check) = call.looked_up(case, wanted)?;
    let mut advice = advice(case, &call, wanted, again);
    advice.extend(check.iter().flat_map(|check| [" ", check.as_str()]));
    let does = format!("looks through {} for every place that is asked for", call.described());
    call.finding(case, &does, WHY, advice)
}

fn advice<'a>(case: &Case<'a>, call: &ListCall<'a>, wanted: &Expr, again: Turns) -> String {
    let (name, value) = (call.name(case), code(case.source, wanted.range()));
    let lines = line(case.source, case.tree.range(again.place()));
    if goes_along(case, again, name, &value) {
        return format!(
            "The loop on {lines} goes along the very list: `for i, {value} in enumerate({name})` \
             counts the places. Where an equal element comes earlier, `index` tells that one's."
        );
    }
    let place = match again {
        Turns::Caller(_) => format!("Once, where `{name}` is made or before the loop on {lines}"),
        _ => format!("Before the loop on {lines}"),
    };
    format!(
        "{place}, write `places = {{}}` and `for i, it in enumerate({name}): places.setdefault(it, i)`; \
         then, in place of the call, `places[{value}]`, which raises `KeyError` where `index` raises \
         `ValueError`. The elements must be hashable."
    )
}

/// `for x in L: ... L.index(x)`
fn goes_along(case: &Case<'_>, again: Turns, list: &str, value: &str) -> bool {
    let text = |expr: &Expr| case.source.slice(expr.range());
    let (over, target) = (case.tree.iterable(again.place()), case.tree.loop_target(again.place()));
    over.map(text) == Some(list) && target.map(text) == Some(value)
}
