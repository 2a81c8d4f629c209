//! Whether a set could hold the elements and be asked for the probed values.

use ruff_python_ast::{Expr, ExprCompare};
use ruff_text_size::Ranged;

use crate::shape::{Proof, Tree, Use, Variable, call_of};
use crate::{Case, Operand, Sight, is_no_key, words};

/// Whether values can be hashed, and hash alike when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hashable {
    /// Some cannot.
    No,
    /// Nothing is known, or it is up to a class of the program's own.
    Unknown,
    /// All can.
    Yes,
}

/// What has to be checked before a set takes the elements and is asked for the tested values,
/// when the code does not prove it: a few looks never do.
pub(super) fn doubt(
    elements: Hashable,
    tested: Hashable,
    seen: Option<&Operand>,
) -> Option<String> {
    if elements == Hashable::Yes && tested == Hashable::Yes {
        return None;
    }
    let looks = seen.filter(|operand| !operand.elements.is_empty());
    let looks = looks.map_or_else(String::new, |operand| {
        format!(" (the elements that were looked at were {})", words::listed(&operand.elements))
    });
    Some(format!(
        "every element and every value tested must be hashable, and equal ones must hash alike{looks}"
    ))
}

fn of_types<'t>(mut types: impl Iterator<Item = &'t String>) -> Hashable {
    match types.any(|name| is_no_key(name)) {
        true => Hashable::No,
        false => Hashable::Unknown,
    }
}

/// The elements of the container. Those that were seen tell only that some cannot be hashed.
pub(super) fn elements<'a>(
    tree: &Tree<'a>,
    variable: Option<Variable<'a>>,
    seen: Option<&Operand>,
) -> Hashable {
    if seen.is_some_and(|operand| of_types(operand.elements.iter()) == Hashable::No) {
        return Hashable::No;
    }
    let Some(variable) = variable else { return Hashable::Unknown };
    if appended(tree, variable).into_iter().any(is_unhashable) {
        return Hashable::No;
    }
    match tree.proof_of_elements_of(variable) {
        Some(Proof::Nothing) => Hashable::Unknown,
        _ => Hashable::Yes,
    }
}

/// The value that a hot test looks for, and those of all other tests of the container.
pub(super) fn tested<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    hot: &'a ExprCompare,
    variable: Option<Variable<'a>>,
) -> Hashable {
    let text = tree.source().slice(hot.left.range());
    if let Sight::Seen(operand) = case.sight(hot.range(), text)
        && of_types(std::iter::once(&operand.type_name)) == Hashable::No
    {
        return Hashable::No;
    }
    let uses = variable.map_or_else(Vec::new, |variable| tree.uses(variable));
    let others = uses.into_iter().filter_map(|(_, done)| match done {
        Use::Probe(probe) => tree[probe].as_expr_compare().map(|compare| &*compare.left),
        _ => None,
    });
    std::iter::once(&*hot.left)
        .chain(others)
        .map(|value| of_expression(tree, value))
        .min()
        .unwrap_or(Hashable::Unknown)
}

/// What is appended to a list.
fn appended<'a>(tree: &Tree<'a>, variable: Variable<'a>) -> Vec<&'a Expr> {
    tree.uses(variable)
        .into_iter()
        .filter_map(|(_, done)| match done {
            Use::Method("append", call) => call_of(tree, call)?.arguments.args.first(),
            _ => None,
        })
        .collect()
}

fn of_expression<'a>(tree: &Tree<'a>, expr: &'a Expr) -> Hashable {
    match tree.proof(expr) {
        _ if is_unhashable(expr) => Hashable::No,
        Proof::Nothing => Hashable::Unknown,
        _ => Hashable::Yes,
    }
}

/// Whether an expression makes a list, dict or set.
fn is_unhashable(expr: &Expr) -> bool {
    match expr {
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => true,
        Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) => true,
        Expr::Tuple(tuple) => tuple.elts.iter().any(is_unhashable),
        _ => false,
    }
}
