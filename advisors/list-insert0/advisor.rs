//! `L.insert(0, x)` on a long list.

use ruff_python_ast::{AnyNodeRef, Expr, Number, UnaryOp};
use ruff_text_size::Ranged;

use crate::list_calls::{ListCall, hot_calls};
use crate::shape::{Id, Tree, Use};
use crate::words::{code, line};
use crate::{Advisor, Case, Finding, list_pop0};

/// Below this length moving the elements is about as fast as anything else.
const MIN_LENGTH: u64 = 200;

const WHY: &str = "Putting an element in front moves all the others one place up; at its end a list \
    takes one in the same time at any length, and a deque at both ends.";

pub(crate) struct ListInsert0;

impl Advisor for ListInsert0 {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = hot_calls(case, "insert", MIN_LENGTH).into_iter();
        calls.filter_map(|call| finding(case, call)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, call: ListCall<'a>) -> Option<Finding> {
    let [index, value] = &*call.call.arguments.args else { return None };
    if !is_integer(index, 0) || list_pop0::tells_of(case, case.tree.id_of(call.list)) {
        return None;
    }
    let advice = advice(case, &call, &code(case.source, value.range()))?;
    let does = format!("moves {} every time", call.described());
    call.finding(case, &does, WHY, advice)
}

/// What to write instead; nothing where the list is only read by what neither a deque nor a list
/// the other way round does alike.
fn advice<'a>(case: &Case<'a>, call: &ListCall<'a>, value: &str) -> Option<String> {
    let tree = case.tree;
    let name = call.name(case);
    let loops = call.repeated_by(tree);
    if let Some(&repeated) = loops.last()
        && call.is_own(tree)
        && call.other_uses_within(tree, repeated) == 0
        && !call.is_met_elsewhere(tree, tree.loop_extent(repeated))
    {
        let place = line(case.source, tree.range(repeated));
        return Some(if call.is_empty_before(tree, repeated) {
            format!(
                "Write `{name}.append({value})`, and after the loop on {place} `{name}.reverse()` once."
            )
        } else {
            format!(
                "Append to a new list, `front.append({value})`, and after the loop on {place} put \
                 all of it in front at once: `{name}[:0] = reversed(front)`."
            )
        });
    }
    let fits = call.other_uses(tree).into_iter().all(|(id, done)| fits_a_deque(tree, id, done));
    let again = !loops.is_empty() || call.is_kept_outside(tree);
    (fits && again).then(|| {
        format!(
            "Make `{name}` a `collections.deque` and write `{name}.appendleft({value})`; whoever \
             else gets it must not slice, sort or index it in the middle, which a deque does not do \
             or not as fast."
        )
    })
}

fn fits_a_deque(tree: &Tree<'_>, id: Id, done: Use<'_>) -> bool {
    match done {
        Use::Sliced(_) | Use::Method("sort" | "copy", _) => false,
        Use::Indexed(item) | Use::Changed(item) => match tree[item] {
            AnyNodeRef::ExprSubscript(item) => is_end(&item.slice),
            // The list's own attribute is bound, or one of its attributes.
            _ => item == id,
        },
        Use::Method("pop", call) => {
            let AnyNodeRef::ExprCall(call) = tree[call] else { return false };
            call.arguments.args.first().is_none_or(is_end)
        }
        _ => true,
    }
}

/// `0` or `-1`.
fn is_end(index: &Expr) -> bool {
    match index {
        Expr::UnaryOp(minus) => minus.op == UnaryOp::USub && is_integer(&minus.operand, 1),
        index => is_integer(index, 0),
    }
}

fn is_integer(expr: &Expr, value: u8) -> bool {
    matches!(expr, Expr::NumberLiteral(literal)
        if matches!(&literal.value, Number::Int(int) if *int == value))
}
