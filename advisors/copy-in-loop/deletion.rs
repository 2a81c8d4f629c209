//! `for key, value in list(d.items()): if ...: del d[key]`: all items are copied so that some keys can go.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use crate::rewrite::free_name;
use crate::shape::{Id, Tree, Use, is_builtin_call};
use crate::words::{code, sighting};
use crate::{Case, Evidence, Finding, Worth};

use super::{Hot, MAPPINGS, MIN_LENGTH, hot, listed};

/// Builtins that ask nothing of a mapping that they are not given.
const ASKED: &[&str] = &["abs", "hasattr", "int", "isinstance", "len", "str"];

pub(super) fn finding(case: &Case<'_>, id: Id) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::StmtFor(statement) = tree[id] else { return None };
    let Expr::Call(copy) = &*statement.iter else { return None };
    let (iterable, container) = listed(tree, copy)?;
    let [Stmt::If(tested)] = &*statement.body else { return None };
    let [deletes] = &*tested.body else { return None };
    let key = key(iterable, &statement.target)?;
    let text = |expr: &Expr| code(case.source, expr.range());
    let goes = deleted(deletes)
        .is_some_and(|(of, deleted)| text(of) == text(container) && text(deleted) == text(key));
    let known = is_known_before(tree, &tested.test, container, key);
    if !goes || !known || !tested.elif_else_clauses.is_empty() || !statement.orelse.is_empty() {
        return None;
    }
    let Hot { heat, operand, length } = hot(case, copy.range(), container)?;
    if !MAPPINGS.contains(&operand.type_name.as_str()) {
        return None;
    }
    let gone = free_name(tree, "gone", "");
    let (name, target) = (text(key), text(&statement.target));
    Some(Finding {
        range: copy.range(),
        title: format!(
            "`{}` copies all of `{}` to delete some of it",
            code(case.source, copy.range()),
            text(container)
        ),
        because: vec![
            sighting(&operand),
            format!(
                "`{gone} = [{name} for {target} in {} if {}]` copies no more than the keys that go; \
                 then `for {name} in {gone}: {}`.",
                text(iterable),
                text(&tested.test),
                code(case.source, deletes.range()),
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(operand)],
        worth: Worth::Time(case.gain(&heat, Some(length), MIN_LENGTH)?),
        fix: None,
    })
}

/// Whether a condition is the same for a key whatever other keys have gone: it asks the mapping for
/// nothing but that key, and calls nothing that may.
fn is_known_before(tree: &Tree<'_>, test: &Expr, container: &Expr, key: &Expr) -> bool {
    let container = tree.source().slice(container.range());
    tree.subtree(tree.id_of(test)).all(|id| match tree[id] {
        AnyNodeRef::ExprCall(call) => match &*call.func {
            Expr::Attribute(method) => !container.starts_with(root_text(tree, &method.value)),
            function => {
                ASKED.iter().any(|name| is_builtin_call(tree, call, name))
                    && function.is_name_expr()
            }
        },
        AnyNodeRef::ExprName(_) | AnyNodeRef::ExprAttribute(_) if tree.text(id) == container => {
            let is_asked = |use_: Use<'_>| match use_ {
                Use::Indexed(item) => matches!(tree[item], AnyNodeRef::ExprSubscript(it)
                    if tree.source().slice(it.slice.range()) == tree.source().slice(key.range())),
                _ => false,
            };
            is_asked(tree.use_of(id))
        }
        _ => true,
    })
}

/// The name that a path of attributes and items begins with.
fn root_text<'a>(tree: &Tree<'a>, expr: &Expr) -> &'a str {
    match expr {
        Expr::Attribute(attribute) => root_text(tree, &attribute.value),
        Expr::Subscript(item) => root_text(tree, &item.value),
        expr => tree.source().slice(expr.range()),
    }
}

/// The target that the keys of a mapping, or of its items, are bound to.
fn key<'a>(iterable: &Expr, target: &'a Expr) -> Option<&'a Expr> {
    let view = match iterable {
        Expr::Call(ExprCall { func, .. }) => func.as_attribute_expr().map(|it| it.attr.as_str()),
        _ => None,
    };
    let key = match (view, target) {
        (Some("items"), Expr::Tuple(both)) => both.elts.first()?,
        (None | Some("keys"), name) => name,
        _ => return None,
    };
    key.is_name_expr().then_some(key)
}

/// `del d[key]` or `d.pop(key)`: the mapping and the key.
fn deleted(statement: &Stmt) -> Option<(&Expr, &Expr)> {
    match statement {
        Stmt::Delete(delete) => match &*delete.targets {
            [Expr::Subscript(item)] => Some((&*item.value, &*item.slice)),
            _ => None,
        },
        Stmt::Expr(statement) => {
            let call = statement.value.as_call_expr()?;
            let method = call.func.as_attribute_expr().filter(|it| it.attr.as_str() == "pop")?;
            Some((&*method.value, call.arguments.args.first()?))
        }
        _ => None,
    }
}
