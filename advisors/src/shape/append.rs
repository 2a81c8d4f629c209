//! The statements that make something longer.

use ruff_python_ast::{AnyNodeRef, Expr, ExprBinOp, InterpolatedStringElement, Operator};
use ruff_text_size::{Ranged, TextRange};

use super::{Id, Tree};
use crate::Source;

/// A statement that makes its target longer: `s += x`, `s = s + x`, `s = f"{s}{x}"`.
pub struct Append<'a> {
    /// The statement.
    pub statement: Id,
    /// What it makes longer.
    pub target: &'a Expr,
    /// How.
    pub form: Form,
    /// What is added, as an expression of its own; absent where it is added on both sides.
    pub added: Option<Added<'a>>,
    /// Where CPython charges the copy, and the end of the old object.
    pub copies: Vec<TextRange>,
    /// Where the target's old value is read; nothing where `+=` reads it at the target.
    pub old: Option<TextRange>,
}

/// How a statement makes its target longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `s += x` or `s = s + x`: done in place where CPython sees that it can.
    InPlace,
    /// `s = s + a + b`: `s + a` is a string of its own.
    Chained,
    /// `s = f"{s}{x}"`.
    Formatted,
    /// `s = x + s`.
    Prepended,
}

/// What a statement adds.
pub struct Added<'a> {
    /// As the argument of a call.
    pub text: String,
    /// What is summed up to it; nothing where it is an f-string.
    pub values: Vec<&'a Expr>,
    /// Whether it comes before the old value.
    pub at_front: bool,
}

impl<'a> Append<'a> {
    /// The node of its target.
    pub fn name(&self, tree: &Tree<'_>) -> Option<Id> {
        tree.subtree(self.statement).find(|&id| tree[id].ptr_eq(self.target.into()))
    }
}

/// What a statement appends, if that is all it does.
pub(super) fn append<'a>(tree: &Tree<'a>, statement: Id) -> Option<Append<'a>> {
    match tree[statement] {
        AnyNodeRef::StmtAugAssign(augment) if augment.op == Operator::Add => {
            let text = value_text(tree.source(), &augment.value);
            Some(Append {
                statement,
                target: &augment.target,
                form: Form::InPlace,
                added: Some(Added { text, values: vec![&*augment.value], at_front: false }),
                copies: vec![augment.range(), augment.target.range()],
                old: None,
            })
        }
        AnyNodeRef::StmtAssign(assign) => {
            let [target] = &*assign.targets else { return None };
            let mut append = match &*assign.value {
                Expr::BinOp(sum) => summed(tree, statement, target, sum),
                Expr::FString(_) => formatted(tree, statement, target, &assign.value),
                _ => None,
            }?;
            append.copies.push(target.range());
            Some(append)
        }
        _ => None,
    }
}

/// `s + a`, `s + a + b`, `a + s`.
fn summed<'a>(
    tree: &Tree<'a>,
    statement: Id,
    target: &'a Expr,
    sum: &'a ExprBinOp,
) -> Option<Append<'a>> {
    let source = tree.source();
    let mut operands = Vec::new();
    let mut sums = Vec::new();
    let mut left = sum;
    loop {
        if left.op != Operator::Add {
            return None;
        }
        operands.push(&*left.right);
        sums.push(left.range());
        match &*left.left {
            Expr::BinOp(inner) if inner.op == Operator::Add => left = inner,
            first => {
                operands.push(first);
                break;
            }
        }
    }
    operands.reverse();
    let at = operands.iter().position(|operand| is_same(source, target, operand))?;
    let old = operands[at].range();
    let last = operands.len() - 1;
    let added = match at {
        0 => Some(sum_of(source, &operands[1..], false)),
        _ if at == last => Some(sum_of(source, &operands[..at], true)),
        _ => None,
    };
    let form = match at {
        0 if last == 1 => Form::InPlace,
        0 => Form::Chained,
        _ => Form::Prepended,
    };
    sums.retain(|range| range.contains_range(old));
    Some(Append { statement, target, form, added, copies: sums, old: Some(old) })
}

/// `f"{s}..."` or `f"...{s}"`.
fn formatted<'a>(
    tree: &Tree<'a>,
    statement: Id,
    target: &'a Expr,
    value: &'a Expr,
) -> Option<Append<'a>> {
    let source = tree.source();
    let Expr::FString(string) = value else { return None };
    if string.value.is_implicit_concatenated() {
        return None;
    }
    let elements: Vec<_> = string.value.elements().collect();
    let at = elements.iter().position(|element| match element {
        InterpolatedStringElement::Interpolation(part) => {
            let plain = part.debug_text.is_none()
                && part.conversion.is_none()
                && part.format_spec.is_none();
            plain && is_same(source, target, &part.expression)
        }
        InterpolatedStringElement::Literal(_) => false,
    })?;
    let InterpolatedStringElement::Interpolation(part) = elements[at] else { return None };
    let (old, whole) = (part.range(), value.range());
    let before = source.slice(TextRange::new(whole.start(), old.start()));
    let after = source.slice(TextRange::new(old.end(), whole.end()));
    let at_front = at > 0;
    let one_side = at == 0 || at + 1 == elements.len();
    let added =
        one_side.then(|| Added { text: format!("{before}{after}"), values: Vec::new(), at_front });
    Some(Append {
        statement,
        target,
        form: Form::Formatted,
        added,
        copies: vec![whole],
        old: Some(part.expression.range()),
    })
}

/// Whether two expressions are the same path of names, attributes and items.
fn is_same(source: &Source, a: &Expr, b: &Expr) -> bool {
    is_path(a) && source.slice(a.range()) == source.slice(b.range())
}

fn is_path(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => is_path(&attribute.value),
        Expr::Subscript(item) => {
            is_path(&item.value) && (is_path(&item.slice) || item.slice.is_literal_expr())
        }
        _ => false,
    }
}

fn sum_of<'a>(source: &Source, operands: &[&'a Expr], at_front: bool) -> Added<'a> {
    Added { text: sum_text(source, operands), values: operands.to_vec(), at_front }
}

fn sum_text(source: &Source, operands: &[&Expr]) -> String {
    if let [only] = operands {
        return value_text(source, only);
    }
    let texts: Vec<String> = operands.iter().map(|operand| operand_text(source, operand)).collect();
    texts.join(" + ")
}

/// An expression's text as an argument of a call.
fn value_text(source: &Source, expr: &Expr) -> String {
    let text = source.slice(expr.range());
    match expr {
        Expr::Yield(_) | Expr::YieldFrom(_) => format!("({text})"),
        Expr::Tuple(tuple) if !tuple.parenthesized => format!("({text})"),
        _ => text.to_owned(),
    }
}

/// An expression's text as an operand of `+`; ranges leave out the parentheses around.
fn operand_text(source: &Source, expr: &Expr) -> String {
    let text = source.slice(expr.range());
    let binds_closely = expr.is_literal_expr()
        || matches!(
            expr,
            Expr::Name(_)
                | Expr::Attribute(_)
                | Expr::Subscript(_)
                | Expr::Call(_)
                | Expr::FString(_)
        );
    if binds_closely { text.to_owned() } else { format!("({text})") }
}
