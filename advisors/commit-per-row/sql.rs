//! What a call says in SQL.

use ruff_python_ast::{Expr, ExprCall};

use crate::shape::Tree;

const WRITES: &[&str] = &["DELETE", "INSERT", "MERGE", "REPLACE", "UPDATE"];

/// Whether a call executes a statement, as text, that changes one row or so.
pub(super) fn writes_row(tree: &Tree<'_>, call: &ExprCall) -> bool {
    let Expr::Attribute(method) = &*call.func else { return false };
    let executes = method.attr.as_str() == "execute";
    let text = call.arguments.args.first().and_then(|first| tree.constant_text(first));
    executes
        && text
            .and_then(|text| text.split_whitespace().next())
            .is_some_and(|verb| WRITES.iter().any(|write| write.eq_ignore_ascii_case(verb)))
}
