//! Whether a loop leaves an object alone, whatever other name stands for it, and what to make sure of
//! where that cannot be told.

use crate::shape::{Id, Stays, call_of};
use crate::words::{code, line};
use crate::{Case, Operand};
use ruff_text_size::Ranged;

/// What a reader must make sure of before he takes the advice; `None` where the object is changed in
/// `part` by another name or by what is called, or was seen to change its length while something is
/// called that may do so.
pub(crate) fn left_alone(
    case: &Case<'_>,
    object: Id,
    part: Id,
    seen: &Operand,
) -> Option<Option<String>> {
    let steady = seen.lengths.is_some_and(|lengths| lengths.min == lengths.max);
    match case.tree.stays(object, part) {
        Stays::Surely => Some(None),
        Stays::Perhaps(by) if steady => Some(Some(to_make_sure(case, object, by))),
        Stays::Perhaps(_) | Stays::Not(_) => None,
    }
}

/// The danger in words.
pub(crate) fn to_make_sure(case: &Case<'_>, object: Id, by: Id) -> String {
    let tree = case.tree;
    let around = std::iter::once(by).chain(tree.ancestors(by));
    let call = around.take_while(|&id| !tree[id].is_statement()).find_map(|id| call_of(tree, id));
    let what = match call {
        Some(call) => format!("`{}`", code(case.source, call.func.range())),
        None => format!("what is done with `{}`", code(case.source, tree.range(by))),
    };
    format!(
        "Make sure first that {what} on {} leaves `{}` as it is: this file does not show all that it \
         does.",
        line(case.source, tree.range(by)),
        code(case.source, tree.range(object)),
    )
}
