//! `least = min(items)` and `items.remove(least)`, which a heap does at once.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use super::advice::is_fixed;
use crate::list_calls::{ListCall, hot_calls};
use crate::shape::{Id, Tree, Use, fresh_list, is_builtin_call};
use crate::{Case, Finding, Gain, Heat, Ratio, Worth};

const WHY: &str = "`min` looks at every element to find the smallest, and `remove` looks for it again and \
    moves what follows; a heap keeps its smallest element in front.";

pub(super) fn findings(case: &Case<'_>, least: u64) -> Vec<Finding> {
    let removes = hot_calls(case, "remove", least).into_iter();
    removes.filter_map(|remove| finding(case, remove)).collect()
}

fn finding<'a>(case: &Case<'a>, remove: ListCall<'a>) -> Option<Finding> {
    let tree = case.tree;
    let name = remove.name(case);
    let least = least(tree, remove.argument()?, name)?;
    let part = tree.function(remove.id);
    let is_taken = |&(id, done): &(Id, Use<'_>)| fits_heap(done) || is_made_anew(tree, id, &remove);
    let fits = remove.other_uses(tree).iter().all(is_taken)
        && !remove.has_other_name_in(tree, part)
        && !remove.is_changed_unseen(tree, part);
    if !fits || !is_fixed(&remove) || remove.repeated_by(tree).is_empty() {
        return None;
    }
    let does = format!("takes the smallest out of {}", remove.described());
    let advice = format!(
        "Write `heapq.heapify({name})` once, where it is filled, then `heapq.heappop({name})` in place of \
         `min` and `remove`, and `heapq.heappush({name}, ...)` in place of `append`."
    );
    let here = remove.heat.share;
    let heat = case.heat_on(&[remove.call.range(), least.range()])?;
    let heat = Heat { share_here: here, ..case.built_in(heat)? };
    let gain = Gain::of(&heat, of_heap(remove.length));
    let finding = remove.finding(case, &does, WHY, advice)?;
    Some(Finding { heat, worth: Worth::Time(gain), ..finding })
}

/// How much faster a heap is, which compares as often as its length can be halved. Measured were 3.2
/// times with 10 elements, 62 with 1,000 and 395 with 10,000; where the smallest is, is chance.
fn of_heap(length: u64) -> Ratio {
    let length = length.max(2) as f64;
    let value = length / (1.7 * length.log2());
    Ratio { value, low: value / 3.0, high: value * 3.0 }
}

/// The call of `min(items)` that a value is, right there or of a variable that is nothing else.
fn least<'a>(tree: &Tree<'a>, removed: &'a Expr, name: &str) -> Option<&'a ExprCall> {
    let value = match removed {
        Expr::Name(_) => tree.assigned_once(removed)?,
        removed => removed,
    };
    let Expr::Call(call) = value else { return None };
    let only = call.arguments.len() == 1 && call.arguments.keywords.is_empty();
    let of = call.arguments.args.first().map(|of| tree.source().slice(of.range()));
    (only && is_builtin_call(tree, call, "min") && of == Some(name)).then_some(call)
}

/// Whether a use is the one in `items = list(items)`, where a function takes a list of its own.
fn is_made_anew(tree: &Tree<'_>, id: Id, list: &ListCall<'_>) -> bool {
    let Some(AnyNodeRef::StmtAssign(assign)) = tree.statement(id).map(|it| tree[it]) else {
        return false;
    };
    let source = tree.source();
    let is_it = |target: &Expr| source.slice(target.range()) == source.slice(list.list.range());
    let [target] = &*assign.targets else { return false };
    list.is_own(tree) && is_it(target) && fresh_list(tree, &assign.value)
}

/// Whether what is done with a list can be done with a heap.
fn fits_heap(done: Use<'_>) -> bool {
    match done {
        Use::Read("min") | Use::Measured | Use::Tested | Use::Bound(_) => true,
        Use::Method(name, _) => matches!(name, "append" | "extend" | "remove" | "clear"),
        _ => false,
    }
}
