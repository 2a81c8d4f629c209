//! Functions that stand in for others.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, StmtFunctionDef};

use super::{BindingKind, Id, ScopeKind, Tree};

/// A function that takes another and gives one of its own in its place.
#[derive(Debug, Clone, Copy)]
pub struct Decorator<'a> {
    /// How it is called: a decorator with arguments is named after the function around it.
    pub name: &'a str,
    /// The function that defines the wrapper.
    pub outer: &'a StmtFunctionDef,
}

impl<'a> Tree<'a> {
    /// The decorator whose wrapper a function is: the function around it, which gives it back by its
    /// name. Whether it calls what it wraps is told by [`Tree::wrapped_calls`].
    pub fn decorator_of(&self, wrapper: Id) -> Option<Decorator<'a>> {
        let AnyNodeRef::StmtFunctionDef(own) = self[wrapper] else { return None };
        let AnyNodeRef::StmtFunctionDef(outer) = self[self.function(wrapper)] else { return None };
        let gives = outer.body.iter().any(|stmt| {
            let value = stmt.as_return_stmt().and_then(|it| it.value.as_deref());
            matches!(value, Some(Expr::Name(name)) if name.id == own.name.id)
        });
        let name = match self[self.function(self.id_of(outer))] {
            AnyNodeRef::StmtFunctionDef(around) => around.name.as_str(),
            _ => outer.name.as_str(),
        };
        gives.then_some(Decorator { name, outer })
    }

    /// A wrapper's own calls of a parameter of the function around it, in source order.
    pub fn wrapped_calls(&self, wrapper: Id) -> Vec<Id> {
        let outer = self.function(wrapper);
        let is_wrapped = |call: &ExprCall| {
            let Expr::Name(name) = &*call.func else { return false };
            let Some(variable) = self.variable(self.id_of(name)) else { return false };
            self.scope_kind(variable.scope) == ScopeKind::Function
                && self.scope_node(variable.scope) == outer
                && matches!(self.bindings(variable),
                    [binding] if binding.kind == BindingKind::Parameter)
        };
        let own = |id: Id| self.contains(wrapper, id) && self.function(id) == wrapper;
        let calls = self.all_calls().filter(|&(id, call)| own(id) && is_wrapped(call));
        calls.map(|(id, _)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// The decorator and the number of calls of what it wraps, for the function `w`.
    fn decorator(text: &str) -> Option<(String, usize)> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let is_wrapper = |id: &Id| matches!(tree[*id], AnyNodeRef::StmtFunctionDef(def) if def.name.as_str() == "w");
        let wrapper = tree.ids().find(is_wrapper).unwrap();
        let name = tree.decorator_of(wrapper)?.name.to_owned();
        Some((name, tree.wrapped_calls(wrapper).len()))
    }

    #[test]
    fn a_decorator_gives_its_wrapper_back() {
        let plain = "def d(f):\n    def w(*a):\n        return f(*a) or f(0)\n    return w\n";
        assert_eq!(decorator(plain), Some(("d".to_owned(), 2)));
        let outer = "def n(t):\n    def d(f):\n        def w():\n            t(); f()\n        \
                     return w\n    return d\n";
        assert_eq!(decorator(outer), Some(("n".to_owned(), 1)));
    }

    #[test]
    fn other_inner_functions_are_no_wrappers() {
        assert!(decorator("def d(f):\n    def w():\n        f()\n    return w()\n").is_none());
        assert!(decorator("def w(f):\n    f()\n").is_none());
        let other = "def d(f):\n    f = g\n    def w():\n        f()\n    return w\n";
        assert_eq!(decorator(other), Some(("d".to_owned(), 0)));
    }
}
