//! All lines of a file in memory, to go through them once.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, Tree, Use};
use crate::words::{line, sighting, thousands};
use crate::{Bytes, Case, Evidence, Finding, Operand, Worth};

/// Lines from which on they are worth a word.
const MANY: u64 = 100_000;

/// Bytes of a line: its place in the list, and a `str` of one byte a character with that many of
/// them (`sizeof(PyASCIIObject)` is 40, 48 before 3.12; cpython/unicodeobject.h).
const LINE: u64 = 8 + 41 + 40;
const LINE_AT_LEAST: u64 = 8 + 41 + 7;
const LINE_AT_MOST: u64 = 8 + 49 + 200;

pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let calls = case.tree.all_calls();
    calls.filter_map(|(id, call)| finding(case, id, call)).collect()
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "readlines" || !call.arguments.is_empty() {
        return None;
    }
    let (name, repeated) = only_loop(tree, id)?;
    let heat = case.heat(tree.range(repeated))?;
    let seen = case.operand(tree.range(repeated), name)?;
    let count = lines(&seen)?;
    let file = case.source.slice(method.value.range());
    Some(Finding {
        range: call.range(),
        title: format!("`{name}` keeps {} lines to go through them once", thousands(count)),
        because: vec![
            sighting(&seen),
            format!(
                "A file gives its lines one after the other: let the loop on {} go over `{file}` \
                 itself, while it is open, and only one line is in memory at a time.",
                line(case.source, tree.range(repeated))
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(seen)],
        worth: Worth::Memory(Bytes {
            value: count * LINE,
            low: count * LINE_AT_LEAST,
            high: Some(count * LINE_AT_MOST),
        }),
        fix: None,
    })
}

/// The variable that the lines are given to, and the one statement that uses it: a loop over it.
fn only_loop<'a>(tree: &Tree<'a>, id: Id) -> Option<(&'a str, Id)> {
    let AnyNodeRef::StmtAssign(assign) = tree[tree.parent(id)?] else { return None };
    let [target @ Expr::Name(name)] = &*assign.targets else { return None };
    let variable = tree.variable(tree.id_of(target))?;
    let [binding] = tree.bindings(variable) else { return None };
    let uses = tree.uses(variable);
    let mut others = uses.iter().filter(|(_, done)| !matches!(done, Use::Bound(_)));
    let (used, Use::Iterated) = others.next()? else { return None };
    let repeated = tree.parent(*used)?;
    let again =
        tree.loops(repeated).iter().any(|&outer| !tree.contains(tree.loop_extent(outer), id));
    let alone = others.next().is_none() && binding.kind == BindingKind::Assign && !again;
    (alone && tree[repeated].is_stmt_for()).then_some((name.id.as_str(), repeated))
}

fn lines(seen: &Operand) -> Option<u64> {
    let is_lines = seen.type_name == "list" && seen.elements.iter().all(|it| it == "str");
    seen.lengths.map(|lengths| lengths.median).filter(|&count| is_lines && count >= MANY)
}
