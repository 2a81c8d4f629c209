//! What to write in place of a sort, by what happens to the list between two of them.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Number};
use ruff_text_size::Ranged;

use crate::Case;
use crate::list_calls::ListCall;
use crate::shape::{Id, Tree, Use, call_of};
use crate::words::{code, line};

/// Types of which no object changes its place in an order.
const FIXED: &[&str] =
    &["int", "float", "str", "bytes", "bool", "date", "datetime", "Decimal", "tuple"];

/// Of `L.sort()`.
pub(super) fn of_sort<'a>(case: &Case<'a>, sort: &ListCall<'a>) -> Option<String> {
    let tree = case.tree;
    let loops = sort.repeated_by(tree);
    let part = match loops.first() {
        Some(&repeated) => tree.loop_extent(repeated),
        None => tree.function(sort.id),
    };
    let by_callers = loops.is_empty() && !sort.is_kept_outside(tree);
    if sort.is_changed_unseen(tree, part) || (by_callers && !sort.is_kept_by_callers(tree)) {
        return None;
    }
    let name = sort.name(case);
    let (added, others) = additions(tree, sort, part);
    let (key, reverse) = (keyword(sort.call, "key"), keyword(sort.call, "reverse"));
    let place = line(case.source, tree.range(part));
    let always = tree.statement(sort.id).and_then(|it| tree.parent(it)) == Some(part);
    let own_loop = !loops.is_empty() && sort.is_own(tree) && always;
    match &added[..] {
        [] if own_loop && others.iter().all(|done| done.only_reads()) => {
            let same = key.is_none() && is_fixed(sort);
            let check = sort.left_alone(case, part).filter(|_| same)?;
            Some(match check {
                None => format!("Nothing changes it in the loop on {place}: sort it once before."),
                Some(check) => format!(
                    "Nothing changes it by that name in the loop on {place}: sort it once before. {check}"
                ),
            })
        }
        [one]
            if key.is_none()
                && reverse.is_none()
                && !by_callers
                && takes_only_least(tree, sort, *one)
                && (sort.home.is_some()
                    || !sort.has_other_name_in(tree, tree.function(sort.id))) =>
        {
            let value = appended(case, *one)?;
            Some(format!(
                "Only the smallest is taken: write `heapq.heappush({name}, {value})` in place of \
                 `append` and `sort`, `heapq.heappop({name})` to take it off, and `{name}[0]` to look \
                 at it; `heapq.heapify({name})` first, if more than one is there before."
            ))
        }
        [_, ..] if own_loop && others.is_empty() && !sort.is_met_elsewhere(tree, part) => {
            Some(format!("Nothing in the loop on {place} reads it: sort it once, after the loop."))
        }
        [one]
            if is_beside(tree, sort.id, *one)
                && is_fixed(sort)
                && reverse.is_none()
                && others.iter().all(|&done| keeps_order(tree, done))
                && !(by_callers && others.contains(&Use::Returned)) =>
        {
            let value = appended(case, *one)?;
            let key = key
                .map_or(String::new(), |key| format!(", key={}", code(case.source, key.range())));
            Some(format!(
                "In place of `append` and `sort`, write `bisect.insort({name}, {value}{key})`, which \
                 finds the place by halves; the list must be in order before the first one."
            ))
        }
        _ => None,
    }
}

fn appended(case: &Case<'_>, append: Id) -> Option<String> {
    let value = call_of(case.tree, append)?.arguments.args.first()?;
    Some(code(case.source, value.range()))
}

/// Whether each append is followed by the sort, and all that the file does besides is to take or
/// look at the first element.
fn takes_only_least<'a>(tree: &Tree<'a>, sort: &ListCall<'a>, append: Id) -> bool {
    let uses = sort.other_uses(tree);
    let takes = |done: &Use<'_>| matches!(done, Use::Method("pop", _) | Use::Indexed(_));
    is_beside(tree, sort.id, append)
        && is_fixed(sort)
        && uses.iter().all(|&(id, done)| takes_least(tree, id, done))
        && uses.iter().any(|(_, done)| takes(done))
}

/// Of `sorted(L)`.
pub(super) fn of_sorted<'a>(case: &Case<'a>, sort: &ListCall<'a>) -> Option<String> {
    match case.tree.loops(sort.id).is_empty() {
        true => of_sorted_by_caller(case, sort),
        false => of_sorted_in_loop(case, sort),
    }
}

/// In a function that one loop calls, with the same list on every turn.
fn of_sorted_by_caller<'a>(case: &Case<'a>, sort: &ListCall<'a>) -> Option<String> {
    let tree = case.tree;
    let (loops, list) = sort.repeated_by_caller(tree)?;
    let repeated = loops.last().copied()?;
    let lengths = sort.seen.lengths?;
    let steady = lengths.min == lengths.max && sort.seen.observations > 1;
    let plain = sort.argument().is_some() && is_fixed(sort);
    if !steady || !plain || tree.is_changed_or_kept_onward(sort.id) {
        return None;
    }
    Some(format!(
        "The loop on {} passes the same `{name}` on every turn: write `sorted({name})` once before it, \
         and pass what it gives.",
        line(case.source, tree.range(tree.loop_extent(repeated))),
        name = code(case.source, list.range()),
    ))
}

fn of_sorted_in_loop<'a>(case: &Case<'a>, sort: &ListCall<'a>) -> Option<String> {
    let tree = case.tree;
    let own = tree.id_of(sort.list);
    let plain = keyword(sort.call, "key").is_none_or(|key| {
        matches!(key, Expr::Attribute(attribute) if attribute.value.is_name_expr())
            || matches!(key, Expr::Name(_))
    });
    let key = keyword(sort.call, "key").map(|key| tree.id_of(key));
    let stays = |&repeated: &Id| {
        tree.is_invariant(repeated, own) && key.is_none_or(|key| tree.is_invariant(repeated, key))
    };
    let repeated = sort.repeated_by(tree).into_iter().take_while(stays).last()?;
    let place = line(case.source, tree.range(repeated));
    if !plain || !sort.is_own(tree) || !is_fixed(sort) {
        return None;
    }
    let (name, call) = (sort.name(case), code(case.source, sort.call.range()));
    Some(match sort.left_alone(case, tree.loop_extent(repeated))? {
        None => format!(
            "Nothing changes `{name}` in the loop on {place}: write `{call}` once before it, and use \
             what it gives."
        ),
        Some(check) => format!(
            "No statement of the loop on {place} changes `{name}` by that name: write `{call}` once \
             before it, and use what it gives. {check}"
        ),
    })
}

/// Whether all elements that were seen are of types that keep their place.
pub(super) fn is_fixed(sort: &ListCall<'_>) -> bool {
    let elements = &sort.seen.elements;
    !elements.is_empty() && elements.iter().all(|name| FIXED.contains(&name.as_str()))
}

/// The appends to the list in `part`, and what else is done there.
fn additions<'a>(tree: &Tree<'a>, sort: &ListCall<'a>, part: Id) -> (Vec<Id>, Vec<Use<'a>>) {
    let (mut added, mut others) = (Vec::new(), Vec::new());
    for (id, done) in sort.other_uses(tree) {
        match done {
            _ if !tree.contains(part, id) => {}
            Use::Method("append", call) => added.push(call),
            done => others.push(done),
        }
    }
    (added, others)
}

/// Whether two calls are statements of one block.
fn is_beside(tree: &Tree<'_>, call: Id, other: Id) -> bool {
    let block = |id| tree.statement(id).and_then(|statement| tree.parent(statement));
    block(call).is_some() && block(call) == block(other)
}

/// Whether a use adds to a list, takes its first element off or looks at it.
fn takes_least(tree: &Tree<'_>, id: Id, done: Use<'_>) -> bool {
    match done {
        Use::Method("append", _) | Use::Measured | Use::Tested | Use::Bound(_) => true,
        Use::Method("pop", call) => {
            let arguments = call_of(tree, call).map(|call| &*call.arguments.args);
            matches!(arguments, Some([index]) if is_zero(index))
        }
        Use::Indexed(item) => {
            matches!(tree[item], AnyNodeRef::ExprSubscript(item) if is_zero(&item.slice))
        }
        // The list's own attribute is bound.
        Use::Changed(item) => item == id,
        _ => false,
    }
}

/// Whether a list in order is so afterwards.
fn keeps_order(tree: &Tree<'_>, done: Use<'_>) -> bool {
    match done {
        Use::Method("pop" | "clear" | "remove", _) => true,
        Use::Changed(item) => {
            let deleted = tree.parent(item).map(|statement| tree[statement]);
            matches!(deleted, Some(AnyNodeRef::StmtDelete(_)))
        }
        done => done.only_reads() || done == Use::Returned,
    }
}

fn is_zero(index: &Expr) -> bool {
    matches!(index, Expr::NumberLiteral(literal)
        if matches!(&literal.value, Number::Int(int) if *int == 0u8))
}

fn keyword<'a>(call: &'a ExprCall, name: &str) -> Option<&'a Expr> {
    call.arguments.find_keyword(name).map(|keyword| &keyword.value)
}
