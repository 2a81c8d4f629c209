//! Whether a loop leaves a path alone.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, Stmt};

use super::path::{Path, Step, key};
use crate::shape::{BindingKind, Id, Storage, Tree, is_builtin_call};
use crate::{Case, Python};

/// What is known of a path within a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steadiness {
    /// The loop changes it, or calls what plainly does.
    Changes,
    /// The loop calls code that is not looked into.
    Unless,
    /// Nothing in the loop can change it.
    Steady,
}

/// Builtins that call nothing but methods of their arguments' types.
const HARMLESS: &[&str] = &[
    "abs",
    "bool",
    "chr",
    "divmod",
    "enumerate",
    "float",
    "int",
    "isinstance",
    "len",
    "max",
    "min",
    "ord",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "sorted",
    "str",
    "sum",
    "zip",
];

/// Methods of dicts and lists that change them.
const MUTATORS: &[&str] = &[
    "__delitem__",
    "__setitem__",
    "append",
    "clear",
    "extend",
    "insert",
    "pop",
    "popitem",
    "remove",
    "reverse",
    "setdefault",
    "sort",
    "update",
];

/// Methods of strings, dicts and lists that run no code of the program's own. An object of the
/// program may have one of the same name; whether it changes the path is then asked of the file.
const READERS: &[&str] = &[
    "append",
    "count",
    "endswith",
    "format",
    "get",
    "index",
    "items",
    "join",
    "keys",
    "lower",
    "replace",
    "rstrip",
    "split",
    "startswith",
    "strip",
    "upper",
    "values",
];

pub(super) fn steadiness<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    path: &Path<'a>,
    extent: Id,
) -> Steadiness {
    let moved = tree.bound_within(path.variable, extent) || is_stored(tree, path, extent);
    if moved || is_waited_for(tree, path, extent) {
        return Steadiness::Changes;
    }
    if !tree.subtree(extent).any(|id| runs_other_code(tree, id)) {
        return Steadiness::Steady;
    }
    if is_changed_elsewhere(tree, case.python, path) {
        return Steadiness::Changes;
    }
    Steadiness::Unless
}

/// Whether the loop goes on until the path changes, as far as its tests tell: the path stands in
/// the test of the `while`, or in one that a `break` or `return` depends on.
fn is_waited_for<'a>(tree: &Tree<'a>, path: &Path<'a>, extent: Id) -> bool {
    let holds_path = |part: Id| {
        tree.subtree(part).any(|id| Path::of(tree, id).is_some_and(|other| other.is_same(path)))
    };
    let is_while = matches!(tree[extent], AnyNodeRef::StmtWhile(_));
    let leaves = |part: Id| {
        tree.subtree(part).any(|id| match tree[id] {
            AnyNodeRef::StmtBreak(_) => true,
            AnyNodeRef::StmtReturn(_) => is_while,
            _ => false,
        })
    };
    tree.subtree(extent).any(|id| match tree[id] {
        AnyNodeRef::StmtWhile(statement) => holds_path(tree.id_of(&*statement.test)),
        AnyNodeRef::StmtIf(statement) => holds_path(tree.id_of(&*statement.test)) && leaves(id),
        AnyNodeRef::ElifElseClause(clause) => {
            clause.test.as_ref().is_some_and(|test| holds_path(tree.id_of(test))) && leaves(id)
        }
        _ => false,
    })
}

/// Whether something within `extent` assigns to the path or to what it goes through, or changes
/// that by a method. Another name may stand for what the path goes through, so that assigning to
/// a key or attribute of the same name counts through whatever object.
fn is_stored<'a>(tree: &Tree<'a>, path: &Path<'a>, extent: Id) -> bool {
    tree.subtree(extent).any(|id| match tree[id] {
        AnyNodeRef::ExprAttribute(attribute) if attribute.ctx != ExprContext::Load => {
            path.steps.contains(&Step::Attribute(attribute.attr.as_str()))
        }
        AnyNodeRef::ExprSubscript(item) if item.ctx != ExprContext::Load => {
            path.steps.contains(&key(tree, &item.slice))
                || Path::of(tree, id).is_some_and(|target| path.is_moved_by(&target))
        }
        AnyNodeRef::ExprCall(_) => mutated(tree, id).is_some_and(|target| {
            target.steps.len() < path.steps.len() && path.is_moved_by(&target)
        }),
        _ => false,
    })
}

/// What a call changes by one of the methods of dicts and lists: `cfg["a"].update(...)`.
fn mutated<'a>(tree: &Tree<'a>, call: Id) -> Option<Path<'a>> {
    let AnyNodeRef::ExprCall(expr) = tree[call] else { return None };
    let function = tree.subtree(call).find(|&id| tree[id].ptr_eq((&*expr.func).into()))?;
    let mut target = Path::of(tree, function)?;
    match target.steps.pop()? {
        Step::Attribute(method) if MUTATORS.contains(&method) => Some(target),
        _ => None,
    }
}

/// Whether a node may run code that is not written there.
fn runs_other_code(tree: &Tree<'_>, id: Id) -> bool {
    match tree[id] {
        AnyNodeRef::ExprCall(call) => {
            let method = call.func.as_attribute_expr().map(|method| method.attr.as_str());
            let harmless = HARMLESS.iter().any(|name| is_builtin_call(tree, call, name))
                || method.is_some_and(|method| READERS.contains(&method));
            !harmless
        }
        AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => true,
        AnyNodeRef::StmtFor(statement) => statement.is_async,
        AnyNodeRef::StmtWith(statement) => statement.is_async,
        _ => false,
    }
}

/// Whether another function of the file binds the variable or assigns to a place of the path's
/// name; `__init__` does so before anybody looks.
fn is_changed_elsewhere<'a>(tree: &Tree<'a>, python: Python, path: &Path<'a>) -> bool {
    let home = tree.function(path.node);
    let elsewhere = |id: Id| {
        let function = tree.function(id);
        let runs_later = matches!(tree[function], AnyNodeRef::StmtFunctionDef(def)
            if def.name.as_str() != "__init__");
        function != home && runs_later
    };
    let rebound = tree.bindings(path.variable).iter().any(|binding| {
        binding.kind != BindingKind::Parameter
            && elsewhere(binding.node)
            && tree.storage(binding.node, python) != Some(Storage::Local)
    });
    rebound
        || tree.ids().filter(|&id| elsewhere(id)).any(|id| match tree[id] {
            AnyNodeRef::ExprAttribute(attribute) if attribute.ctx != ExprContext::Load => {
                path.steps.contains(&Step::Attribute(attribute.attr.as_str()))
            }
            AnyNodeRef::ExprSubscript(item) if item.ctx != ExprContext::Load => {
                let key = Path::of(tree, id).and_then(|mut target| target.steps.pop());
                key.is_some_and(|key| key != Step::Unknown && path.steps.contains(&key))
            }
            _ => false,
        })
}

/// Whether a step of the path is a property of a class in the file that does more than to hand out what
/// the object keeps: what it does besides would be done once, and what it gives may be another each
/// time.
pub(super) fn asks_a_property(tree: &Tree<'_>, path: &Path<'_>) -> bool {
    tree.ids().any(|id| match tree[id] {
        AnyNodeRef::StmtFunctionDef(def) => {
            path.steps.contains(&Step::Attribute(def.name.as_str()))
                && !def.decorator_list.is_empty()
                && tree.class_of(id).is_some()
                && !hands_out(&def.body)
        }
        _ => false,
    })
}

/// `return self.kept`, or a part of it, and nothing else.
fn hands_out(body: &[Stmt]) -> bool {
    let said = |statement: &&Stmt| !matches!(statement, Stmt::Expr(it) if it.value.is_string_literal_expr());
    let statements: Vec<&Stmt> = body.iter().filter(said).collect();
    match &*statements {
        [Stmt::Return(it)] => it.value.as_deref().is_some_and(is_kept),
        _ => false,
    }
}

fn is_kept(value: &Expr) -> bool {
    match value {
        Expr::Attribute(attribute) => is_kept(&attribute.value),
        Expr::Subscript(item) => is_kept(&item.value) && item.slice.is_literal_expr(),
        value => value.is_name_expr(),
    }
}
