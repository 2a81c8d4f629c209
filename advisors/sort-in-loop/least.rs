//! `least = min(items)` and `items.remove(least)`, which a heap does at once.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::advice::is_fixed;
use crate::list_calls::{ListCall, hot_calls};
use crate::shape::{Tree, Use, is_builtin_call};
use crate::{Case, Finding};

const WHY: &str = "`min` looks at every element to find the smallest, and `remove` looks for it again and \
    moves what follows; a heap keeps its smallest element in front.";

pub(super) fn findings(case: &Case<'_>, least: u64) -> Vec<Finding> {
    let removes = hot_calls(case, "remove", least).into_iter();
    removes.filter_map(|remove| finding(case, remove)).collect()
}

fn finding<'a>(case: &Case<'a>, remove: ListCall<'a>) -> Option<Finding> {
    let tree = case.tree;
    let name = remove.name(case);
    let is_least = is_least(tree, remove.argument()?, name);
    let part = tree.function(remove.id);
    let fits = remove.other_uses(tree).iter().all(|(_, done)| fits_heap(*done))
        && !remove.has_other_name_in(tree, part)
        && !remove.is_changed_unseen(tree, part);
    if !is_least || !fits || !is_fixed(&remove) || remove.repeated_by(tree).is_empty() {
        return None;
    }
    let does = format!("takes the smallest out of {}", remove.described());
    let advice = format!(
        "Write `heapq.heapify({name})` once, where it is filled, then `heapq.heappop({name})` in place of \
         `min` and `remove`, and `heapq.heappush({name}, ...)` in place of `append`."
    );
    remove.finding(case, &does, WHY, advice)
}

/// Whether a value is `min(items)`, right there or of a variable that is nothing else.
fn is_least(tree: &Tree<'_>, removed: &Expr, name: &str) -> bool {
    let value = match removed {
        Expr::Name(_) => tree.assigned_once(removed),
        Expr::Call(_) => Some(removed),
        _ => None,
    };
    let Some(Expr::Call(call)) = value else { return false };
    let only = call.arguments.len() == 1 && call.arguments.keywords.is_empty();
    let of = call.arguments.args.first().map(|of| tree.source().slice(of.range()));
    only && is_builtin_call(tree, call, "min") && of == Some(name)
}

/// Whether what is done with a list can be done with a heap.
fn fits_heap(done: Use<'_>) -> bool {
    match done {
        Use::Read("min") | Use::Measured | Use::Tested | Use::Bound(_) => true,
        Use::Method(name, _) => matches!(name, "append" | "extend" | "remove" | "clear"),
        _ => false,
    }
}
