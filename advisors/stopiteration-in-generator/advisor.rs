//! `next(it)` in a loop of a generator that has no other way out: the end of `it` is an error.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, is_builtin_call};
use crate::words::{code, line, sighting};
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Iterators over what is there: they come to an end.
const FINITE: &[&str] = &[
    "bytearray_iterator",
    "bytes_iterator",
    "dict_itemiterator",
    "dict_keyiterator",
    "dict_reverseitemiterator",
    "dict_reversekeyiterator",
    "dict_reversevalueiterator",
    "dict_valueiterator",
    "list_iterator",
    "list_reverseiterator",
    "longrange_iterator",
    "range_iterator",
    "set_iterator",
    "str_ascii_iterator",
    "str_iterator",
    "tuple_iterator",
];

pub(crate) struct StopiterationInGenerator;

impl Advisor for StopiterationInGenerator {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let loops = tree.ids().filter(|&id| is_endless(tree, id));
        loops.filter_map(|id| finding(case, id)).collect()
    }
}

fn finding(case: &Case<'_>, repeated: Id) -> Option<Finding> {
    let tree = case.tree;
    let generator = tree.function(repeated);
    let yields =
        |id: Id| matches!(tree[id], AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_));
    let is_own = |id: &Id| tree.function(*id) == generator;
    if !tree.subtree(generator).filter(is_own).any(yields) || is_guarded(tree, repeated) {
        return None;
    }
    let heat = case.heat(tree.range(repeated))?;
    let (call, name, seen) = tree.subtree(repeated).filter(is_own).find_map(|id| {
        let AnyNodeRef::ExprCall(call) = tree[id] else { return None };
        let name = asked(tree, call)?;
        let variable = tree.variable(tree.id_of(name))?;
        let text = tree.source().slice(name.range());
        let seen = case.operand(tree.range(repeated), text)?;
        let ends = FINITE.contains(&seen.type_name.as_str());
        (ends && !tree.bound_within(variable, repeated)).then_some((call, text, seen))
    })?;
    let text = code(case.source, call.range());
    Some(Finding {
        range: call.range(),
        title: format!("`{text}` ends the generator with an error once `{name}` is used up"),
        because: vec![
            sighting(&seen),
            format!(
                "Such an iterator has an end, and the loop on {} has no other way out. `next` then raises \
                 StopIteration, and where that leaves a generator Python makes a RuntimeError of it: \
                 whoever takes all that the generator yields gets that error instead of the end.",
                line(case.source, tree.range(repeated))
            ),
            format!(
                "Go through it with `for ... in {name}`, or put `except StopIteration: return` around \
                 `{text}`."
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(seen)],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// Whether a loop goes on until an error ends it.
fn is_endless(tree: &Tree<'_>, id: Id) -> bool {
    let AnyNodeRef::StmtWhile(statement) = tree[id] else { return false };
    let always = match &*statement.test {
        Expr::BooleanLiteral(it) => it.value,
        Expr::NumberLiteral(it) => it.value.as_int().is_some_and(|it| it.as_u8() == Some(1)),
        _ => false,
    };
    always
        && !tree.subtree(id).any(|inner| {
            matches!(
                tree[inner],
                AnyNodeRef::StmtBreak(_)
                    | AnyNodeRef::StmtReturn(_)
                    | AnyNodeRef::StmtRaise(_)
                    | AnyNodeRef::StmtTry(_)
                    | AnyNodeRef::StmtWith(_)
                    | AnyNodeRef::StmtFunctionDef(_)
            )
        })
}

/// Whether the function may deal with an error that leaves the loop.
fn is_guarded(tree: &Tree<'_>, repeated: Id) -> bool {
    let function = tree.function(repeated);
    let around = tree.ancestors(repeated).take_while(|&id| id != function);
    around
        .into_iter()
        .any(|id| matches!(tree[id], AnyNodeRef::StmtTry(_) | AnyNodeRef::StmtWith(_)))
}

/// The name in `next(name)`.
fn asked<'a>(tree: &Tree<'_>, call: &'a ExprCall) -> Option<&'a Expr> {
    match &*call.arguments.args {
        [name @ Expr::Name(_)]
            if call.arguments.keywords.is_empty() && is_builtin_call(tree, call, "next") =>
        {
            Some(name)
        }
        _ => None,
    }
}
