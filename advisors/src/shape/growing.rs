//! What the code makes longer, piece by piece.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};
use ruff_text_size::Ranged;

use super::append::{Append, append};
use super::{Id, ScopeKind, Tree, Variable};

/// What is added to, with every statement that does.
pub struct Growing<'a> {
    /// What it is.
    pub target: Target<'a>,
    /// As the code names it.
    pub expression: &'a str,
    /// The statements.
    pub appends: Vec<Append<'a>>,
}

/// What can be added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A name.
    Variable(Variable<'a>),
    /// An attribute, as seen within a class or, outside of one, a function.
    Attribute(Id),
    /// An item, within a function.
    Item(Id),
}

impl<'a> Tree<'a> {
    /// Everything that statements such as `s += x`, `s = s + x` and `s = f"{s}{x}"` add to.
    pub fn growing(&self) -> Vec<Growing<'a>> {
        let mut all: Vec<Growing<'a>> = Vec::new();
        for append in self.ids().filter_map(|id| append(self, id)) {
            let Some(target) = self.target(&append) else { continue };
            let expression = self.source().slice(append.target.range());
            let known = all.iter_mut().find(|g| g.target == target && g.expression == expression);
            match known {
                Some(growing) => growing.appends.push(append),
                None => all.push(Growing { target, expression, appends: vec![append] }),
            }
        }
        all
    }

    fn target(&self, append: &Append<'a>) -> Option<Target<'a>> {
        let function = self.function(append.statement);
        Some(match append.target {
            Expr::Name(_) => Target::Variable(self.variable(append.name(self)?)?),
            Expr::Attribute(_) => Target::Attribute(self.class_of(function).unwrap_or(function)),
            Expr::Subscript(_) => Target::Item(function),
            _ => return None,
        })
    }

    /// The class whose method a function is.
    pub fn class_of(&self, function: Id) -> Option<Id> {
        self.parent(function).filter(|&id| matches!(self[id], AnyNodeRef::StmtClassDef(_)))
    }
}

impl<'a> Growing<'a> {
    /// Whether a loop around the statement keeps adding to one and the same object. Of items there
    /// may be many, so that one is started in the loop says nothing of the others.
    pub fn grows_in_loop(&self, tree: &Tree<'a>, append: &Append<'a>) -> bool {
        let is_item = matches!(self.target, Target::Item(_));
        let called = self.calls_of_builder(tree, append);
        let places = std::iter::once(append.statement).chain(called);
        let loops = |place| tree.loops(place).into_iter().map(move |repeated| (place, repeated));
        places.flat_map(loops).any(|(place, repeated)| {
            if is_item {
                return true;
            }
            if !tree.comes_again(place, repeated) {
                return false;
            }
            let extent = tree.loop_extent(repeated);
            !self.starts(tree).iter().any(|&start| tree.contains(extent, start))
        })
    }

    /// Where the inner function that adds to a variable of the one around it (`nonlocal`) is called.
    fn calls_of_builder(&self, tree: &Tree<'a>, append: &Append<'a>) -> Vec<Id> {
        let Target::Variable(variable) = self.target else { return Vec::new() };
        let function = tree.function(append.statement);
        let shared = tree.scope_kind(variable.scope) == ScopeKind::Function
            && tree.scope_node(variable.scope) != function;
        let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return Vec::new() };
        let name = def.name.as_str();
        let builder = Variable { scope: tree.scope(function), name };
        if !shared || tree.bindings(builder).len() != 1 {
            return Vec::new();
        }
        tree.mentions(builder)
    }

    /// Where the target gets a value that is not its old one with something added.
    pub fn starts(&self, tree: &Tree<'a>) -> Vec<Id> {
        let adds = |id: Id| self.appends.iter().any(|append| tree.contains(append.statement, id));
        let stores: Vec<Id> = match self.target {
            Target::Variable(variable) => {
                tree.bindings(variable).iter().map(|binding| binding.node).collect()
            }
            Target::Attribute(within) | Target::Item(within) => tree
                .subtree(within)
                .filter(|&id| stored(tree, id) && tree.text(id) == self.expression)
                .collect(),
        };
        stores.into_iter().filter(|&id| !adds(id)).collect()
    }

    /// The values that it starts with, as far as plain assignments give them.
    pub fn first_values(&self, tree: &Tree<'a>) -> Vec<&'a Expr> {
        self.starts(tree).into_iter().filter_map(|start| tree.assigned(start)).collect()
    }
}

/// Whether a node is an attribute or item that is assigned to or deleted.
fn stored(tree: &Tree<'_>, id: Id) -> bool {
    match tree[id] {
        AnyNodeRef::ExprAttribute(attribute) => attribute.ctx != ExprContext::Load,
        AnyNodeRef::ExprSubscript(item) => item.ctx != ExprContext::Load,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// Each target with how many statements add to it, and whether a loop keeps adding to one.
    fn growing(text: &str) -> Vec<(String, usize, bool)> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let told = |g: &Growing<'_>| {
            let again = g.appends.iter().any(|append| g.grows_in_loop(&tree, append));
            (g.expression.to_owned(), g.appends.len(), again)
        };
        tree.growing().iter().map(told).collect()
    }

    #[test]
    fn what_is_added_to_at_several_places_is_one() {
        let text = "s = ''\nfor a in b:\n    s += a\n    s = s + ';'\n    t.u = t.u + a\n";
        assert_eq!(growing(text), [("s".to_owned(), 2, true), ("t.u".to_owned(), 1, true)]);
        assert_eq!(growing("s = t + a\ns -= 1\nf().s += a\n"), [("f().s".to_owned(), 1, false)]);
    }

    #[test]
    fn what_starts_anew_on_every_turn_does_not_grow_in_the_loop() {
        let text = "for a in b:\n    s = ''\n    s += a\n";
        assert_eq!(growing(text), [("s".to_owned(), 1, false)]);
        let inner = "for a in b:\n    s = ''\n    for c in a: s += c\n";
        assert_eq!(growing(inner), [("s".to_owned(), 1, true)]);
    }

    #[test]
    fn an_inner_function_that_is_called_in_a_loop_adds_again_and_again() {
        let text = "def f():\n    s = ''\n    def g(a):\n        nonlocal s\n        s += a\n    \
                    for a in b: g(a)\n";
        assert_eq!(growing(text), [("s".to_owned(), 1, true)]);
    }
}
