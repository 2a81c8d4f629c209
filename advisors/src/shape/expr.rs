//! What an expression can do and what it gives.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext};
use ruff_text_size::Ranged;

use super::purity_names::CHANGING_METHODS;
use super::{BindingKind, Id, Tree, Use, Variable};

/// The call that a node is.
pub fn call_of<'a>(tree: &Tree<'a>, id: Id) -> Option<&'a ExprCall> {
    match tree[id] {
        AnyNodeRef::ExprCall(call) => Some(call),
        _ => None,
    }
}

/// The last part of the name that a call calls: `f` of `f()` and of `x.f()`.
pub fn called_name(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(method) => Some(method.attr.as_str()),
        _ => None,
    }
}

/// Whether a call calls the builtin of that name, which the file does not bind itself.
pub fn is_builtin_call(tree: &Tree<'_>, call: &ExprCall, builtin: &str) -> bool {
    match &*call.func {
        Expr::Name(name) if name.id.as_str() == builtin => {
            tree.variable(tree.id_of(name)).is_none()
        }
        _ => false,
    }
}

/// Whether an expression is a literal, or a tuple of literals.
pub fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant),
        Expr::UnaryOp(unary) => is_constant(&unary.operand),
        expr => expr.is_literal_expr(),
    }
}

/// Whether an expression can be evaluated twice without anyone noticing: names, literals, and
/// tuples of them.
pub fn is_simple(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_simple),
        expr => is_constant(expr),
    }
}

/// Methods that give a list of their own.
const LIST_METHODS: &[&str] =
    &["split", "rsplit", "splitlines", "readlines", "findall", "fetchall", "copy"];

/// Whether an expression gives a new list that nobody else holds.
pub fn fresh_list(tree: &Tree<'_>, expr: &Expr) -> bool {
    match expr {
        Expr::List(_) | Expr::ListComp(_) => true,
        Expr::Call(call) => match &*call.func {
            Expr::Name(_) => {
                is_builtin_call(tree, call, "list") || is_builtin_call(tree, call, "sorted")
            }
            Expr::Attribute(method) => LIST_METHODS.contains(&method.attr.as_str()),
            _ => false,
        },
        Expr::BinOp(sum) => fresh_list(tree, &sum.left) || fresh_list(tree, &sum.right),
        _ => false,
    }
}

impl<'a> Tree<'a> {
    /// The variable of `name` or `name.attribute.attribute`.
    pub fn root(&self, expr: &Expr) -> Option<Variable<'a>> {
        match expr {
            Expr::Name(_) => self.variable(self.id_of(expr)),
            Expr::Attribute(attribute) => self.root(&attribute.value),
            _ => None,
        }
    }

    /// The variable of `name`, or of attributes and items of it: `name.attribute["key"]`. An item is
    /// one by a constant or a name.
    pub fn root_of_item(&self, expr: &Expr) -> Option<Variable<'a>> {
        match expr {
            Expr::Subscript(item) => {
                let known = is_constant(&item.slice) || item.slice.is_name_expr();
                self.root_of_item(&item.value).filter(|_| known)
            }
            Expr::Attribute(attribute) => self.root_of_item(&attribute.value),
            expr => self.root(expr),
        }
    }

    /// Whether an expression is an item by a name, or of one: another name is another item.
    pub fn is_by_name(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Subscript(item) => item.slice.is_name_expr() || self.is_by_name(&item.value),
            Expr::Attribute(attribute) => self.is_by_name(&attribute.value),
            _ => false,
        }
    }

    /// Whether anything in `part` makes a name, attribute or item mean another object.
    pub fn is_rebound(&self, expr: &Expr, part: Id) -> bool {
        let text = self.source.slice(expr.range());
        match expr {
            Expr::Name(_) => self.root(expr).is_none_or(|root| self.bound_within(root, part)),
            Expr::Attribute(attribute) => {
                self.is_rebound(&attribute.value, part)
                    || self.subtree(part).any(|id| {
                        matches!(self[id], AnyNodeRef::ExprAttribute(stored)
                            if stored.ctx != ExprContext::Load)
                            && self.text(id) == text
                    })
            }
            Expr::Subscript(item) => {
                self.root_of_item(expr).is_none()
                    || self.is_rebound(&item.value, part)
                    || (item.slice.is_name_expr() && self.is_rebound(&item.slice, part))
                    || self.is_filled(&item.value, part)
            }
            _ => true,
        }
    }

    /// Whether anything in `part` puts items into a container, or takes some out.
    fn is_filled(&self, container: &Expr, part: Id) -> bool {
        let text = self.source.slice(container.range());
        let is_it = |value: &Expr| self.source.slice(value.range()) == text;
        self.subtree(part).any(|id| match self[id] {
            AnyNodeRef::ExprSubscript(item) => item.ctx != ExprContext::Load && is_it(&item.value),
            AnyNodeRef::ExprCall(call) => match &*call.func {
                Expr::Attribute(method) => {
                    CHANGING_METHODS.contains(&method.attr.as_str()) && is_it(&method.value)
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// The mentions of a variable that may change what it holds or bind it anew, within `part`.
    pub fn changes(&self, variable: Variable<'a>, part: Id) -> Vec<Id> {
        let mut changes: Vec<Id> = self
            .uses(variable)
            .into_iter()
            .filter(|(id, done)| self.contains(part, *id) && !done.only_reads())
            .filter(|(_, done)| !matches!(done, Use::Returned))
            .map(|(id, _)| id)
            .collect();
        let bound = self.bindings(variable).iter().map(|binding| binding.node);
        changes.extend(bound.filter(|&node| self.contains(part, node)));
        changes.sort_unstable();
        changes.dedup();
        changes
    }

    /// Whether an expression has the same value on every turn of a loop, as far as the loop's own
    /// text tells: literals, and names, attributes and items that the loop neither binds nor
    /// assigns to; no calls. What the calls of the loop change behind its back is not looked at.
    pub fn is_invariant(&self, repeated: Id, expr: Id) -> bool {
        let extent = self.loop_extent(repeated);
        self.subtree(expr).all(|id| match self[id] {
            AnyNodeRef::ExprName(_) => {
                self.variable(id).is_none_or(|variable| self.changes(variable, extent).is_empty())
            }
            AnyNodeRef::ExprAttribute(attribute) => !self.subtree(extent).any(|other| {
                matches!(self[other], AnyNodeRef::ExprAttribute(stored)
                    if stored.attr.as_str() == attribute.attr.as_str()
                        && stored.ctx != ExprContext::Load)
            }),
            AnyNodeRef::ExprCall(_)
            | AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::ExprYield(_)
            | AnyNodeRef::ExprYieldFrom(_)
            | AnyNodeRef::ExprNamed(_)
            | AnyNodeRef::ExprLambda(_) => false,
            _ => true,
        })
    }

    /// Whether anything in `part` binds a variable.
    pub fn bound_within(&self, variable: Variable<'a>, part: Id) -> bool {
        self.bindings(variable).iter().any(|binding| {
            binding.kind != BindingKind::Parameter && self.contains(part, binding.node)
        })
    }

    /// The value of the one assignment that a binding is: `x = value`, also annotated.
    pub fn assigned(&self, binding: Id) -> Option<&'a Expr> {
        match self[self.parent(binding)?] {
            AnyNodeRef::StmtAssign(assign) if assign.targets.len() == 1 => Some(&assign.value),
            AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
            _ => None,
        }
    }
}
