//! Whose object an expression gives, and what is in it.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::flow::{CHANGING_DUNDERS, Definitions, Holder, Place};
use super::purity_names::CHANGING_METHODS;
use super::{Id, Tree, Variable, is_builtin_call};

/// Methods that give one of the values, and perhaps what they are given in its place.
const GIVING: &[&str] =
    &["__getitem__", "get", "get_nowait", "pop", "popitem", "popleft", "setdefault"];

/// Methods and builtins that give something new with the same elements.
const SHALLOW_METHODS: &[&str] = &["copy", "items", "values"];
const SHALLOW: &[&str] =
    &["dict", "enumerate", "filter", "iter", "list", "reversed", "set", "sorted", "tuple", "zip"];

/// Builtins that give one element.
const ONE_OF: &[&str] = &["max", "min", "next"];

/// The names of a file, and its functions and classes.
#[derive(Clone, Copy)]
pub(super) struct Names<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    pub(super) definitions: &'t Definitions<'a>,
}

impl<'a> Names<'_, 'a> {
    /// The place that a target names.
    pub(super) fn stored(&self, target: &'a Expr) -> Option<Place<'a>> {
        self.place(self.tree.id_of(target))
    }

    /// The place that a name, attribute or item stands for.
    pub(super) fn place(&self, id: Id) -> Option<Place<'a>> {
        match self.tree[id] {
            AnyNodeRef::ExprName(_) => {
                let variable = self.tree.variable(id)?;
                Some(Place { of: Holder::Variable(variable), depth: 0 })
            }
            AnyNodeRef::ExprAttribute(it) => {
                Some(Place { of: Holder::Attribute(it.attr.as_str()), depth: 0 })
            }
            AnyNodeRef::ExprSubscript(item) if !item.slice.is_slice_expr() => {
                Some(self.stored(&item.value)?.deeper(1))
            }
            _ => None,
        }
    }

    /// The place of a parameter of the function that a node stands in.
    pub(super) fn parameter(&self, within: Id, name: &'a str) -> Option<Place<'a>> {
        let tree = self.tree;
        let function = tree.ancestors(within).find(|&id| {
            matches!(tree[id], AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::ExprLambda(_))
        })?;
        let scope = match tree[function] {
            AnyNodeRef::StmtFunctionDef(def) => tree.scope(tree.id_of(def.body.first()?)),
            AnyNodeRef::ExprLambda(lambda) => tree.scope(tree.id_of(&*lambda.body)),
            _ => return None,
        };
        Some(Place { of: Holder::Variable(Variable { scope, name }), depth: 0 })
    }

    /// The places whose object an expression may give.
    pub(super) fn sources(&self, value: &'a Expr, steps: u32) -> Vec<Place<'a>> {
        let inner = |value: &'a Expr| self.sources(value, steps);
        match value {
            Expr::Attribute(it) => {
                let method = it.attr.as_str();
                let mut places: Vec<Place<'a>> = self.stored(value).into_iter().collect();
                // A method that is kept keeps its object.
                if CHANGING_METHODS.contains(&method) || CHANGING_DUNDERS.contains(&method) {
                    places.extend(inner(&it.value));
                }
                places
            }
            Expr::Subscript(item) if !item.slice.is_slice_expr() => {
                inner(&item.value).into_iter().map(|place| place.deeper(1)).collect()
            }
            Expr::Name(_) => self.stored(value).into_iter().collect(),
            Expr::If(choice) => [inner(&choice.body), inner(&choice.orelse)].concat(),
            Expr::BoolOp(choice) => choice.values.iter().flat_map(inner).collect(),
            Expr::Named(named) => inner(&named.value),
            Expr::Await(it) => inner(&it.value),
            Expr::Starred(it) => inner(&it.value),
            Expr::Call(call) => self.given_by(call, steps),
            _ => Vec::new(),
        }
    }

    fn given_by(&self, call: &'a ExprCall, steps: u32) -> Vec<Place<'a>> {
        let tree = self.tree;
        if ONE_OF.iter().any(|name| is_builtin_call(tree, call, name)) {
            return call.arguments.args.iter().flat_map(|it| self.contents(it, steps)).collect();
        }
        if is_builtin_call(tree, call, "getattr")
            && let [_, Expr::StringLiteral(name), ..] = &*call.arguments.args
        {
            return vec![Place { of: Holder::Attribute(name.value.to_str()), depth: 0 }];
        }
        let mut places = Vec::new();
        let name = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(method) => {
                if GIVING.contains(&method.attr.as_str()) {
                    places.extend(self.sources(&method.value, steps).iter().map(|it| it.deeper(1)));
                    let instead = call.arguments.args.iter().skip(1);
                    places.extend(instead.flat_map(|it| self.sources(it, steps)));
                }
                method.attr.as_str()
            }
            _ => return places,
        };
        places.extend(self.results(self.definitions.functions(name), steps));
        places
    }

    /// What functions of the file return.
    pub(super) fn results(&self, functions: &[Id], steps: u32) -> Vec<Place<'a>> {
        let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
        let tree = self.tree;
        let returns = functions.iter().flat_map(|&function| {
            tree.subtree(function).filter_map(move |id| match tree[id] {
                AnyNodeRef::StmtReturn(it) => it.value.as_deref(),
                _ => None,
            })
        });
        returns.flat_map(|value| self.sources(value, steps)).collect()
    }

    /// The places whose objects what an expression gives may contain.
    pub(super) fn contents(&self, value: &'a Expr, steps: u32) -> Vec<Place<'a>> {
        let inner = |value: &'a Expr| self.contents(value, steps);
        let sources = |value: &'a Expr| self.sources(value, steps);
        let tree = self.tree;
        match value {
            Expr::List(_) | Expr::Tuple(_) => elements(value)
                .unwrap_or_default()
                .iter()
                .flat_map(|it| match it {
                    Expr::Starred(rest) => inner(&rest.value),
                    it => sources(it),
                })
                .collect(),
            Expr::Set(set) => set.elts.iter().flat_map(sources).collect(),
            Expr::Dict(dict) => dict.items.iter().flat_map(|item| sources(&item.value)).collect(),
            Expr::ListComp(it) => sources(&it.elt),
            Expr::SetComp(it) => sources(&it.elt),
            Expr::Generator(it) => sources(&it.elt),
            Expr::DictComp(it) => sources(&it.value),
            Expr::BinOp(sum) => [inner(&sum.left), inner(&sum.right)].concat(),
            Expr::If(choice) => [inner(&choice.body), inner(&choice.orelse)].concat(),
            Expr::Subscript(item) if item.slice.is_slice_expr() => inner(&item.value),
            Expr::Call(call) => match &*call.func {
                Expr::Name(_) if SHALLOW.iter().any(|name| is_builtin_call(tree, call, name)) => {
                    call.arguments.args.iter().flat_map(inner).collect()
                }
                Expr::Attribute(method) if SHALLOW_METHODS.contains(&method.attr.as_str()) => {
                    inner(&method.value)
                }
                _ => self.sources(value, steps).into_iter().map(|it| it.deeper(1)).collect(),
            },
            _ => self.sources(value, steps).into_iter().map(|it| it.deeper(1)).collect(),
        }
    }
}

/// The parts of a tuple or list that is written out.
pub(super) fn elements(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(tuple) => Some(&tuple.elts),
        Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}
