//! Paths such as `a.b.c` and `cfg["a"]["b"]`.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree, Variable};

/// A lookup of several steps from a variable.
pub(super) struct Path<'a> {
    pub(super) variable: Variable<'a>,
    pub(super) steps: Vec<Step<'a>>,
    /// The whole lookup.
    pub(super) node: Id,
    /// The places of the variable and of every step.
    pub(super) places: Vec<TextRange>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step<'a> {
    Attribute(&'a str),
    /// `["key"]`
    Text(&'a str),
    /// `[0]`
    Number(&'a str),
    /// `[i]`, `[a:b]`
    Unknown,
}

impl Step<'_> {
    pub(super) fn is_attribute(&self) -> bool {
        matches!(self, Self::Attribute(_))
    }

    /// Whether two steps from one object may lead to the same place.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Attribute(a), Self::Attribute(b)) => a == b,
            (Self::Attribute(_), _) | (_, Self::Attribute(_)) => false,
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (a, b) => a == b,
        }
    }
}

impl<'a> Path<'a> {
    /// The longest lookup with constant keys that ends at a node, read and not called: of
    /// `a.b.method()` it is `a.b`.
    pub(super) fn read_at(tree: &Tree<'a>, id: Id) -> Option<Self> {
        let expr = tree[id].as_expr_ref()?;
        if !is_read(tree, id) || tree.parent(id).is_some_and(|parent| goes_on(tree, parent, id)) {
            return None;
        }
        let mut path = Self::of(tree, id)?;
        let called = matches!(tree.parent(id).map(|parent| tree[parent]),
            Some(AnyNodeRef::ExprCall(call)) if call.func.range() == expr.range());
        if called && path.steps.last().is_some_and(Step::is_attribute) {
            path.steps.pop();
            path.places.pop();
            let range = *path.places.last()?;
            path.node = tree.subtree(id).find(|&below| tree.range(below) == range)?;
        }
        let constant = !path.steps.contains(&Step::Unknown);
        (constant && path.is_worth_it()).then_some(path)
    }

    /// The steps of an attribute or item, whatever its keys.
    pub(super) fn of(tree: &Tree<'a>, id: Id) -> Option<Self> {
        let mut steps = Vec::new();
        let mut places = Vec::new();
        let mut at = id;
        loop {
            places.push(tree.range(at));
            match tree[at] {
                AnyNodeRef::ExprAttribute(attribute) => {
                    steps.push(Step::Attribute(attribute.attr.as_str()));
                    at = below(tree, at, &attribute.value)?;
                }
                AnyNodeRef::ExprSubscript(item) => {
                    steps.push(key(tree, &item.slice));
                    at = below(tree, at, &item.value)?;
                }
                AnyNodeRef::ExprName(_) => break,
                _ => return None,
            }
        }
        steps.reverse();
        places.reverse();
        Some(Self { variable: tree.variable(at)?, steps, node: id, places })
    }

    /// Whether all steps together cost as much as two keys, which is twice an attribute each. A loop that
    /// does next to nothing else became 1.05 to 1.25 times faster without two or three attributes, on
    /// CPython 3.11 to 3.15, 1.25 to 1.34 times without four.
    fn is_worth_it(&self) -> bool {
        let cost = |step: &Step<'_>| if step.is_attribute() { 1 } else { 2 };
        self.steps.iter().map(cost).sum::<usize>() >= 4
    }

    /// Whether another path is the same lookup.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.variable == other.variable && self.steps == other.steps
    }

    /// Whether assigning to `target` may make this path lead elsewhere.
    pub(super) fn is_moved_by(&self, target: &Self) -> bool {
        self.variable == target.variable
            && target.steps.len() <= self.steps.len()
            && target.steps.iter().zip(&self.steps).all(|(a, b)| a.may_be(b))
    }
}

fn below(tree: &Tree<'_>, id: Id, expr: &Expr) -> Option<Id> {
    tree.subtree(id).skip(1).find(|&below| tree[below].ptr_eq(AnyNodeRef::from(expr)))
}

pub(super) fn key<'a>(tree: &Tree<'a>, slice: &'a Expr) -> Step<'a> {
    match slice {
        Expr::StringLiteral(text) => Step::Text(text.value.to_str()),
        Expr::NumberLiteral(_) => Step::Number(tree.source().slice(slice.range())),
        _ => Step::Unknown,
    }
}

fn is_read(tree: &Tree<'_>, id: Id) -> bool {
    match tree[id] {
        AnyNodeRef::ExprAttribute(attribute) => attribute.ctx == ExprContext::Load,
        AnyNodeRef::ExprSubscript(item) => item.ctx == ExprContext::Load,
        _ => false,
    }
}

/// Whether the lookup `id` is only the beginning of a longer one, at `parent`.
fn goes_on(tree: &Tree<'_>, parent: Id, id: Id) -> bool {
    let value = match tree[parent] {
        AnyNodeRef::ExprAttribute(attribute) => &attribute.value,
        AnyNodeRef::ExprSubscript(item) if key(tree, &item.slice) != Step::Unknown => &item.value,
        _ => return false,
    };
    is_read(tree, parent) && tree[id].ptr_eq(AnyNodeRef::from(&**value))
}
