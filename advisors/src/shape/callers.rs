//! Loops that run a node from another function.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::{BindingKind, Id, ScopeKind, Tree};

/// Calls that are followed from a node to the loop that makes it run again.
const MAX_STEPS: u32 = 3;

impl<'a> Tree<'a> {
    /// The innermost loop that runs a node again and again: around it, or else around a call of
    /// the function that it stands in, directly or through other functions of the file.
    pub fn loop_around(&self, id: Id) -> Option<Id> {
        self.loop_within(id, MAX_STEPS)
    }

    fn loop_within(&self, id: Id, steps: u32) -> Option<Id> {
        let own = self.loops(id).first().copied();
        own.or_else(|| {
            let steps = steps.checked_sub(1)?;
            let callers = self.callers(self.function(id));
            callers.into_iter().find_map(|call| self.loop_within(call, steps))
        })
    }

    /// The calls of a function by its name, or of a method by a name that no other has.
    pub fn callers(&self, function: Id) -> Vec<Id> {
        let AnyNodeRef::StmtFunctionDef(def) = self[function] else { return Vec::new() };
        let name = def.name.as_str();
        let defined = |id: &Id| matches!(self[*id], AnyNodeRef::StmtFunctionDef(other) if other.name.as_str() == name);
        let is_method = self.scope_kind(self.scope(function)) == ScopeKind::Class;
        let unique = self.ids().filter(defined).count() == 1;
        let calls_it = |call: &ExprCall| match &*call.func {
            Expr::Name(callee) if !is_method => {
                callee.id.as_str() == name && self.is_only(callee, function)
            }
            Expr::Attribute(callee) => is_method && unique && callee.attr.as_str() == name,
            _ => false,
        };
        self.all_calls().filter(|(_, call)| calls_it(call)).map(|(id, _)| id).collect()
    }

    fn is_only(&self, name: &ruff_python_ast::ExprName, function: Id) -> bool {
        let bindings = self.variable(self.id_of(name)).map(|variable| self.bindings(variable));
        matches!(bindings, Some([binding])
            if binding.kind == BindingKind::Definition && binding.node == function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn runs_again(text: &str) -> bool {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let target = tree.names().find(|(_, name)| name.id.as_str() == "target").unwrap().0;
        tree.loop_around(target).is_some()
    }

    #[test]
    fn a_loop_is_found_through_calls() {
        assert!(runs_again("while a:\n    target()\n"));
        assert!(runs_again("def f():\n    target()\ndef g():\n    f()\n[g() for x in y]\n"));
        assert!(runs_again(
            "class A:\n    def f(self):\n        target()\nfor a in b:\n    a.f()\n"
        ));
    }

    #[test]
    fn what_may_be_another_function_is_not_followed() {
        assert!(!runs_again("def f():\n    target()\nf()\n"));
        assert!(!runs_again("def f():\n    target()\nf = g\nfor a in b: f()\n"));
        assert!(!runs_again(
            "class A:\n    def f(self): target()\nclass B:\n    def f(self): pass\nfor a in b: a.f()\n"
        ));
        assert!(!runs_again("def f():\n    f()\n    target()\n"));
    }
}
