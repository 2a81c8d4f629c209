//! What a task leaves with others: in another process that would be lost.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext};

use crate::shape::{BindingKind, Id, Tree};

/// Methods by which a task leaves something with others.
const CHANGES: &[&str] = &[
    "acquire",
    "add",
    "append",
    "appendleft",
    "extend",
    "get_nowait",
    "insert",
    "put",
    "put_nowait",
    "set",
    "setdefault",
    "task_done",
    "update",
];

/// Whether a function changes, or takes turns at, what other threads can see.
pub(super) fn is_shared(tree: &Tree<'_>, function: Id) -> bool {
    let outlives = |object: &Expr| outlives(tree, object, function);
    tree.subtree(function).any(|id| match tree[id] {
        AnyNodeRef::StmtGlobal(_) | AnyNodeRef::StmtNonlocal(_) => true,
        AnyNodeRef::ExprAttribute(it) => it.ctx != ExprContext::Load && outlives(&it.value),
        AnyNodeRef::ExprSubscript(it) => it.ctx != ExprContext::Load && outlives(&it.value),
        AnyNodeRef::WithItem(it) => !it.context_expr.is_call_expr() && outlives(&it.context_expr),
        AnyNodeRef::ExprCall(call) => changed(call).is_some_and(outlives),
        _ => false,
    })
}

/// The object that a call changes. A `get` without arguments is a queue's.
fn changed(call: &ExprCall) -> Option<&Expr> {
    let Expr::Attribute(method) = &*call.func else { return None };
    let name = method.attr.as_str();
    let changes = CHANGES.contains(&name) || (name == "get" && call.arguments.args.is_empty());
    changes.then_some(&*method.value)
}

/// Whether an object was there before the function was called: a parameter (and so `self`), a
/// global, what an outer function holds.
fn outlives(tree: &Tree<'_>, object: &Expr, function: Id) -> bool {
    let root = match object {
        Expr::Attribute(it) => return outlives(tree, &it.value, function),
        Expr::Subscript(it) => return outlives(tree, &it.value, function),
        Expr::Name(name) => name,
        _ => return false,
    };
    let Some(variable) = tree.variable(tree.id_of(root)) else { return true };
    let is_given =
        tree.bindings(variable).iter().any(|binding| binding.kind == BindingKind::Parameter);
    is_given || !tree.contains(function, tree.scope_node(variable.scope))
}
