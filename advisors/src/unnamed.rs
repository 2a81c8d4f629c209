//! Operands that have no name, told by the place of the operation that works on them.
//!
//! The process shows `<5:11-5:22>[1]`, the right side of what stands in line 5 from column 11 to 22;
//! here it becomes the expression that the source has there: `f(x)`.

use std::borrow::Cow;
use std::collections::HashMap;

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::Tree;
use crate::{Hotspot, Place};

/// The hotspots with every operand called as the source has it. One that stands for no expression, or
/// for one that has a name of its own to be looked at by, goes.
pub fn named<'h>(tree: &Tree<'_>, hotspots: &'h [Hotspot]) -> Cow<'h, [Hotspot]> {
    let operands = || hotspots.iter().flat_map(|hotspot| &hotspot.operands);
    if !operands().any(|operand| is_unnamed(&operand.expression)) {
        return Cow::Borrowed(hotspots);
    }
    let operations = operands().filter_map(|operand| operation(tree, &operand.expression));
    let mut wanted: HashMap<TextRange, [Option<String>; 2]> =
        operations.map(|(range, _)| (range, [None, None])).collect();
    for id in tree.ids() {
        if let Some(words) = wanted.get_mut(&tree.range(id))
            && let Some(sides) = sides(tree[id])
        {
            *words = sides.map(|side| {
                let text = tree.source().slice(side.range());
                (!has_a_name(side)).then(|| text.to_owned())
            });
        }
    }
    let mut hotspots = hotspots.to_vec();
    for hotspot in &mut hotspots {
        hotspot.operands.retain_mut(|operand| {
            if !is_unnamed(&operand.expression) {
                return true;
            }
            let told = operation(tree, &operand.expression);
            let words = told.and_then(|(range, which)| wanted.get(&range)?[which].clone());
            words.is_some_and(|words| {
                operand.expression = words;
                true
            })
        });
    }
    Cow::Owned(hotspots)
}

fn is_unnamed(expression: &str) -> bool {
    expression.starts_with('<')
}

/// Where the operation stands, and which of its two operands it is.
fn operation(tree: &Tree<'_>, expression: &str) -> Option<(TextRange, usize)> {
    let (place, which) = expression.strip_prefix('<')?.strip_suffix(']')?.split_once(">[")?;
    let (start, end) = place.split_once('-')?;
    let spot = |words: &str| {
        let (line, column) = words.split_once(':')?;
        Some((line.parse::<u32>().ok()?, column.parse::<u32>().ok()?))
    };
    let ((line, start), (end_line, end)) = (spot(start)?, spot(end)?);
    let which = which.parse().ok().filter(|&which| which < 2)?;
    let place = Place { line, end_line, columns: Some((start, end)) };
    Some((tree.source().range(place)?, which))
}

/// What an operation works on.
fn sides(node: AnyNodeRef<'_>) -> Option<[&Expr; 2]> {
    match node {
        AnyNodeRef::ExprBinOp(it) => Some([&it.left, &it.right]),
        AnyNodeRef::StmtAugAssign(it) => Some([&it.target, &it.value]),
        AnyNodeRef::ExprCompare(it) => match (&*it.ops, &*it.comparators) {
            ([CmpOp::In | CmpOp::NotIn], [right]) => Some([&it.left, right]),
            _ => None,
        },
        _ => None,
    }
}

/// Whether looks for names see it.
fn has_a_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_))
        || expr.is_literal_expr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operand, Source};

    /// The names that operands of these are told by.
    fn told(source: &str, operands: &[&str]) -> Vec<String> {
        let source = Source::parse(source.as_bytes()).expect("Python");
        let operand = |&name: &&str| Operand { expression: name.to_owned(), ..Operand::default() };
        let operands = operands.iter().map(operand).collect();
        let hotspots = [Hotspot { operands, ..Hotspot::default() }];
        let named = named(&Tree::of(&source), &hotspots);
        named[0].operands.iter().map(|operand| operand.expression.clone()).collect()
    }

    #[test]
    fn an_operand_is_called_as_the_source_has_it() {
        let source = "if x in f(a):\n    s += g(x) + y\n";
        let operands = ["<1:3-1:12>[1]", "x", "<2:4-2:17>[1]", "<2:9-2:17>[0]"];
        assert_eq!(told(source, &operands), ["f(a)", "x", "g(x) + y", "g(x)"]);
        assert_eq!(told(source, &["x"]), ["x"]);
    }

    #[test]
    fn what_has_a_name_is_told_by_that() {
        let source = "if x in self.seen: s = a[1] + b\nt = 1 + f()\n";
        let operands = ["<1:3-1:17>[0]", "<1:3-1:17>[1]", "<1:23-1:31>[0]", "<1:23-1:31>[1]"];
        assert_eq!(told(source, &operands), [""; 0]);
        assert_eq!(told(source, &["<2:4-2:11>[0]", "<2:4-2:11>[1]"]), ["f()"]);
    }

    #[test]
    fn what_stands_for_no_expression_goes() {
        let source = "if x in f(a): pass\nif x in f() in g(): pass\nx < f()\n";
        for name in [
            "<",
            "<>",
            "<1:3-1:12>[2]",
            "<1:3-1:12>",
            "<1:3-1:11>[1]",
            "<9:3-9:12>[1]",
            "<1:3-9999999999:12>[1]",
            "<2:3-2:18>[1]",
            "<3:0-3:7>[1]",
            "<0:0-0:0>[0]",
        ] {
            assert_eq!(told(source, &[name]), [""; 0], "{name}");
        }
    }
}
