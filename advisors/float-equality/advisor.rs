//! Computed floats compared for equality with a number that they miss by a hair.

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprCompare, Number, Operator};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Tree};
use crate::words::code;
use crate::{Advisor, Case, Evidence, Finding, Worth};

pub(crate) struct FloatEquality;

impl Advisor for FloatEquality {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.compares().filter_map(|(_, compare)| finding(case, compare)).collect()
    }
}

fn finding(case: &Case<'_>, compare: &ExprCompare) -> Option<Finding> {
    let tree = case.tree;
    let ([CmpOp::Eq | CmpOp::NotEq], [right]) = (&*compare.ops, &*compare.comparators) else {
        return None;
    };
    let left = &*compare.left;
    let (computed, given) = [(left, right), (right, left)]
        .into_iter()
        .find(|(computed, given)| is_rounded(tree, computed) && is_other_than_zero(tree, given))?;
    let heat = case.heat(compare.range())?;
    let text = |expr: &Expr| code(case.source, expr.range());
    let (computed, given) = (text(computed), text(given));
    let share = (heat.share * 100.0).round();
    Some(Finding {
        range: compare.range(),
        title: format!(
            "`{}` compares what was rounded on the way",
            code(case.source, compare.range())
        ),
        because: vec![
            format!(
                "Most decimal fractions have no exact float, so `{computed}` may miss `{given}` in the \
                 last digit, as `0.1 + 0.2 == 0.3` does."
            ),
            format!(
                "Ask `math.isclose({computed}, {given})`, or count in whole units (cents, steps) and \
                 compare those."
            ),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run in it"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// Whether a value is computed with a float that stands for a decimal fraction inexactly: in the
/// expression itself, or by what is added to the variable.
fn is_rounded(tree: &Tree<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::BinOp(_) => is_inexact(expr),
        Expr::Name(name) => tree.variable(tree.id_of(name)).is_some_and(|variable| {
            let bindings = tree.bindings(variable);
            bindings.iter().any(|it| {
                it.kind == BindingKind::Augment
                    && matches!(tree.parent(it.node).map(|id| tree[id]),
                        Some(AnyNodeRef::StmtAugAssign(change)) if is_inexact(&change.value)
                            && matches!(change.op, Operator::Add | Operator::Sub | Operator::Mult))
            })
        }),
        _ => false,
    }
}

/// Whether an expression is, or adds, subtracts, multiplies or divides by, an inexact literal.
fn is_inexact(expr: &Expr) -> bool {
    match expr {
        Expr::BinOp(binary) => {
            let arithmetic =
                matches!(binary.op, Operator::Add | Operator::Sub | Operator::Mult | Operator::Div);
            arithmetic && (is_inexact(&binary.left) || is_inexact(&binary.right))
        }
        Expr::UnaryOp(unary) => is_inexact(&unary.operand),
        Expr::NumberLiteral(literal) => match literal.value {
            // A decimal fraction that ends within 20 binary digits is what it says.
            Number::Float(value) => (value * f64::from(1 << 20)).fract() != 0.0,
            _ => false,
        },
        _ => false,
    }
}

/// Whether an expression is a number that is written out, here or where its name is bound. Zero is a
/// sign that many use, and comes out exactly.
fn is_other_than_zero(tree: &Tree<'_>, expr: &Expr) -> bool {
    match tree.assigned_once(expr).unwrap_or(expr) {
        Expr::UnaryOp(unary) => unary.operand.is_number_literal_expr(),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => value.as_u64() != Some(0),
            Number::Float(value) => *value != 0.0,
            Number::Complex { .. } => false,
        },
        _ => false,
    }
}
