//! Loops that run a node from another function.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};

use super::{BindingKind, Id, ScopeId, ScopeKind, Tree, Variable};

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

    /// Whether a function of the module is called once when the file runs, as far as the file shows: it
    /// is mentioned only where it is called, from the module's own code or other such functions, outside
    /// of loops. Called more often, its file is run more often, and makes it anew each time.
    pub fn runs_once(&self, function: Id) -> bool {
        self.runs_once_within(function, MAX_STEPS)
    }

    fn runs_once_within(&self, function: Id, steps: u32) -> bool {
        let (Some(steps), AnyNodeRef::StmtFunctionDef(def)) =
            (steps.checked_sub(1), self[function])
        else {
            return false;
        };
        let variable = Variable { scope: self.scope(function), name: def.name.as_str() };
        if variable.scope != ScopeId::MODULE || self.mentions(variable).len() != 1 {
            return false;
        }
        let calls = self.callers(function);
        let from_once = |&call: &Id| {
            let around = self.function(call);
            let is_module = matches!(self[around], AnyNodeRef::ModModule(_));
            self.loops(call).is_empty() && (is_module || self.runs_once_within(around, steps))
        };
        calls.len() == 1 && calls.iter().all(from_once)
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

    fn runs_once(text: &str) -> bool {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let is_target = |id: &Id| matches!(tree[*id], AnyNodeRef::StmtFunctionDef(def) if def.name.as_str() == "target");
        tree.runs_once(tree.ids().find(is_target).unwrap())
    }

    #[test]
    fn what_the_module_calls_outside_of_loops_runs_once() {
        let target = "def target(n):\n    return n\n";
        let with = |rest: &str| format!("{target}{rest}");
        assert!(runs_once(&with("target(1)\n")));
        assert!(runs_once(&with("if __name__ == '__main__':\n    print(target(1))\n")));
        assert!(runs_once(&with("def main():\n    target(1)\nmain()\n")));
        assert!(!runs_once(target), "others may call it");
        assert!(!runs_once(&with("def main():\n    target(1)\n")));
        assert!(!runs_once(&with("for i in range(9): target(1)\n")));
        assert!(!runs_once(&with("def main():\n    target(1)\nfor i in a: main()\n")));
        assert!(!runs_once(&with("target(1)\ntarget(1)\n")));
        assert!(!runs_once(&with("target(1)\nmap(target, a)\n")));
        assert!(!runs_once("def target(n):\n    return target(n - 1)\n"));
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
