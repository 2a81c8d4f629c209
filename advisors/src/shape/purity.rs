//! Functions that do nothing but make a value of what they are given.

use std::borrow::Cow;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext, ExprName};

use super::purity_names::{
    CHANGING_METHODS, FRESH_IMPORTS, ITERATORS, PLAIN_METHODS, PURE_BUILTINS, PURE_METHODS,
    is_pure_import,
};
use super::scope::generators;
use super::{
    BindingKind, Id, Proof, ScopeId, Tree, Use, Variable, called_name, fresh_list, is_builtin_call,
    is_constant,
};

/// Functions of the file that one may call, itself among them, until it is no simple case.
const MAX_FUNCTIONS: usize = 12;

impl<'a> Tree<'a> {
    /// The functions that a call of `function` runs, itself first, when all that they do is to make
    /// a value of their arguments and of what these hold: nothing outside is written, waited for or
    /// asked, no file, clock or chance among it, and what is read of the module never changes. This
    /// holds where arguments are of builtin types: what methods of other types do is not known.
    pub fn pure_functions(&self, function: Id) -> Option<Vec<Id>> {
        let mut functions = vec![function];
        let mut next = 0;
        while let Some(&function) = functions.get(next) {
            next += 1;
            let AnyNodeRef::StmtFunctionDef(def) = self[function] else { return None };
            if def.is_async || functions.len() > MAX_FUNCTIONS {
                return None;
            }
            let body = def.body.first()?;
            let own = self.subtree(function).filter(|&id| id >= self.id_of(body));
            for id in own {
                if !self.is_pure_node(id, function, &mut functions) {
                    return None;
                }
            }
        }
        Some(functions)
    }

    /// What is proved of all that a function gives: `None` where it gives nothing, or an iterator, which
    /// is used up once.
    pub fn result_of(&self, function: Id) -> Option<Proof> {
        let own = self.subtree(function).filter(|&id| self.function(id) == function);
        let returns = own.filter_map(|id| match self[id] {
            AnyNodeRef::StmtReturn(statement) => statement.value.as_deref(),
            _ => None,
        });
        let mut proofs = Vec::new();
        for value in returns {
            if self.is_iterator(self.assigned_once(value).unwrap_or(value)) {
                return None;
            }
            proofs.push(self.proof(value));
        }
        Proof::of_all(proofs.into_iter())
    }

    fn is_iterator(&self, value: &Expr) -> bool {
        match value {
            Expr::Generator(_) => true,
            Expr::Call(call) => {
                ITERATORS.iter().any(|name| is_builtin_call(self, call, name))
                    || called_name(call) == Some("finditer")
                    || self.dotted(&call.func).is_some_and(|path| path.starts_with("itertools."))
            }
            _ => false,
        }
    }

    fn is_pure_node(&self, id: Id, function: Id, functions: &mut Vec<Id>) -> bool {
        match self[id] {
            AnyNodeRef::StmtGlobal(_)
            | AnyNodeRef::StmtNonlocal(_)
            | AnyNodeRef::StmtImport(_)
            | AnyNodeRef::StmtImportFrom(_)
            | AnyNodeRef::StmtWith(_)
            | AnyNodeRef::StmtFunctionDef(_)
            | AnyNodeRef::StmtClassDef(_)
            | AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::ExprYield(_)
            | AnyNodeRef::ExprYieldFrom(_) => false,
            AnyNodeRef::Comprehension(clause) => !clause.is_async,
            AnyNodeRef::ExprAttribute(attribute) => attribute.ctx == ExprContext::Load,
            AnyNodeRef::ExprSubscript(item) => {
                item.ctx == ExprContext::Load || self.is_own(&item.value, function)
            }
            AnyNodeRef::StmtAugAssign(statement) => match &*statement.target {
                target @ Expr::Name(_) => self.is_own(target, function),
                _ => true,
            },
            AnyNodeRef::ExprName(name) => self.is_pure_name(id, name, function, functions),
            AnyNodeRef::ExprCall(call) => self.is_pure_call(call, function, functions),
            _ => true,
        }
    }

    fn is_pure_name(&self, id: Id, name: &ExprName, function: Id, functions: &mut Vec<Id>) -> bool {
        let Some(variable) = self.variable(id) else {
            let is_class = name.id.as_str().starts_with(|c: char| c.is_ascii_uppercase());
            return is_class || PURE_BUILTINS.contains(&name.id.as_str());
        };
        if self.contains(function, self.scope_node(variable.scope)) {
            return true;
        }
        if variable.scope != ScopeId::MODULE {
            return false;
        }
        match self.bindings(variable) {
            [binding] if binding.kind == BindingKind::Definition => {
                let is_function = self[binding.node].is_stmt_function_def();
                if is_function && !functions.contains(&binding.node) {
                    functions.push(binding.node);
                }
                is_function
            }
            [binding] if binding.kind == BindingKind::Assign => {
                self.assigned(binding.node).is_some_and(|value| self.is_steady(variable, value))
                    && !self.sets_by_name()
            }
            _ => self.is_pure_path(id, variable),
        }
    }

    /// Whether the path `a.b.c` that begins with an imported name leads to something pure.
    fn is_pure_path(&self, name: Id, variable: Variable<'a>) -> bool {
        let steps = self.ancestors(name).map_while(|around| match self[around] {
            AnyNodeRef::ExprAttribute(attribute) => Some(attribute.attr.as_str()),
            _ => None,
        });
        let path = self.import_of(variable).into_iter().map(Cow::from);
        is_pure_import(&path.chain(steps.map(Cow::from)).collect::<Vec<_>>().join("."))
    }

    /// Whether a variable of the module, which is bound once, stays as it is: a value that cannot
    /// change, or one that all of the file only reads.
    fn is_steady(&self, variable: Variable<'a>, value: &'a Expr) -> bool {
        if is_constant(value) || self.is_pattern(value) {
            return true;
        }
        self.is_fresh(value)
            && self.uses(variable).into_iter().all(|(id, done)| {
                let reads = match done {
                    Use::Bound(_) => true,
                    Use::Method(name, _) => PURE_METHODS.contains(&name),
                    done => done.only_reads(),
                };
                reads && (holds_constants(value) || !self.is_changed_onward(id))
            })
    }

    /// Whether code may set variables of the module whose names are not written there.
    fn sets_by_name(&self) -> bool {
        self.ids().any(|id| match self[id] {
            AnyNodeRef::ExprName(name) => {
                matches!(name.id.as_str(), "eval" | "exec" | "globals")
                    && self.variable(id).is_none()
            }
            AnyNodeRef::ExprAttribute(it) => matches!(it.attr.as_str(), "f_globals" | "__dict__"),
            AnyNodeRef::ExprCall(call) => {
                call.arguments.is_empty()
                    && ["locals", "vars"].iter().any(|name| is_builtin_call(self, call, name))
            }
            _ => false,
        })
    }

    /// The names of the module's values that the functions mention, in the order of the alphabet.
    pub fn module_values(&self, functions: &[Id]) -> Vec<&'a str> {
        let nodes = functions.iter().flat_map(|&function| self.subtree(function));
        let variables = nodes.filter_map(|id| self.variable(id));
        let mut names: Vec<&str> = variables
            .filter(|it| it.scope == ScopeId::MODULE)
            .filter(|&it| self.bindings(it).iter().all(|b| b.kind == BindingKind::Assign))
            .map(|variable| variable.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// `re.compile(...)`
    fn is_pattern(&self, value: &Expr) -> bool {
        matches!(value, Expr::Call(call) if self.calls_one_of(call, &["re.compile"]))
    }

    fn is_pure_call(&self, call: &'a ExprCall, function: Id, functions: &mut Vec<Id>) -> bool {
        match &*call.func {
            // What a name that is not local stands for is judged where it is met.
            Expr::Name(name) => self
                .variable(self.id_of(name))
                .is_none_or(|variable| !self.contains(function, self.scope_node(variable.scope))),
            Expr::Attribute(method) => {
                let name = method.attr.as_str();
                if self.dotted(&call.func).is_some() {
                    return true;
                }
                if CHANGING_METHODS.contains(&name) && self.is_own(&method.value, function) {
                    return true;
                }
                let of_attribute = method.value.is_attribute_expr();
                let known = if of_attribute { PLAIN_METHODS } else { PURE_METHODS };
                known.contains(&name) || self.is_pure_method(&call.func, functions)
            }
            _ => false,
        }
    }

    /// Whether a method is one that the file defines, and no other has its name.
    fn is_pure_method(&self, method: &Expr, functions: &mut Vec<Id>) -> bool {
        let Some(method) = self.function_named(method) else { return false };
        let in_class = self.class_of(method).is_some();
        if in_class && !functions.contains(&method) {
            functions.push(method);
        }
        in_class
    }

    /// Whether a name holds nothing but what the function itself has made, so that changing it is
    /// seen by nobody; an item of it counts where that was made by the function too.
    fn is_own(&self, expr: &Expr, function: Id) -> bool {
        match expr {
            Expr::Name(_) => self.values(expr, function).is_some(),
            Expr::Subscript(item) => {
                let values = self.values(&item.value, function);
                values.is_some_and(|values| values.iter().all(|value| self.has_fresh_items(value)))
            }
            _ => false,
        }
    }

    /// What a name of the function is bound to, when all of it is fresh.
    fn values(&self, name: &Expr, function: Id) -> Option<Vec<&'a Expr>> {
        let variable = name.as_name_expr().and_then(|name| self.variable(self.id_of(name)))?;
        if !self.contains(function, self.scope_node(variable.scope)) {
            return None;
        }
        let mut values = Vec::new();
        for binding in self.bindings(variable) {
            match binding.kind {
                BindingKind::Augment | BindingKind::Declaration => {}
                BindingKind::Assign => {
                    values.push(self.assigned(binding.node).filter(|value| self.is_fresh(value))?);
                }
                _ => return None,
            }
        }
        (!values.is_empty()).then_some(values)
    }

    /// Whether an expression gives a new object of a builtin type, or one that cannot change.
    fn is_fresh(&self, value: &Expr) -> bool {
        match value {
            Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Tuple(_) | Expr::BinOp(_) => true,
            Expr::FString(_) | Expr::Compare(_) => true,
            Expr::Call(call) => {
                let fresh = ["bytearray", "dict", "float", "frozenset", "int", "len", "set", "str"];
                fresh.iter().any(|name| is_builtin_call(self, call, name))
                    || self.calls_one_of(call, FRESH_IMPORTS)
                    || fresh_list(self, value)
            }
            value => is_constant(value) || generators(value.into()).is_some(),
        }
    }

    /// Whether what is in a fresh container is fresh as well: rows of a table, groups.
    fn has_fresh_items(&self, value: &Expr) -> bool {
        match value {
            Expr::ListComp(made) => self.is_fresh(&made.elt),
            Expr::DictComp(made) => self.is_fresh(&made.value),
            Expr::Call(call) => self.calls_one_of(call, &["collections.defaultdict"]),
            _ => false,
        }
    }
}

/// Whether what a display holds cannot change.
fn holds_constants(value: &Expr) -> bool {
    match value {
        Expr::List(list) => list.elts.iter().all(is_constant),
        Expr::Set(set) => set.elts.iter().all(is_constant),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant),
        Expr::Dict(dict) => dict.iter_values().all(is_constant),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    /// How many functions of the file a call of `f` runs, if it is pure.
    fn pure(text: &str) -> Option<usize> {
        let source = Source::parse(text.as_bytes()).unwrap();
        let tree = Tree::of(&source);
        let is_it = |id: &Id| matches!(tree[*id], AnyNodeRef::StmtFunctionDef(def) if def.name.as_str() == "f");
        tree.pure_functions(tree.ids().find(is_it).unwrap()).map(|functions| functions.len())
    }

    #[test]
    fn a_function_that_only_makes_a_value_is_pure() {
        for (text, functions) in [
            ("def f(n):\n    return sum(i * i for i in range(n))\n", 1),
            (
                "def f(n):\n    out = []\n    for i in n:\n        out.append(i)\n    out[0] += 1\n    return out\n",
                1,
            ),
            ("import re\nP = re.compile('a')\ndef f(s):\n    return P.sub('', s.lower())\n", 1),
            ("T = {1: 2}\ndef f(n):\n    return g(T.get(n))\ndef g(n):\n    return f(n - 1)\n", 2),
            (
                "import datetime as d\ndef f(s):\n    return d.datetime.strptime(s, '%Y').date()\n",
                1,
            ),
            (
                "class A:\n    def f(self):\n        return self.g() + self.a\n    def g(self):\n        return sum(self.b)\n",
                2,
            ),
            (
                "def f(n):\n    t = [[0] * n for _ in range(n)]\n    t[0][1] = 2\n    if n < 0:\n        raise ValueError(n)\n    return t\n",
                1,
            ),
        ] {
            assert_eq!(pure(text), Some(functions), "{text}");
        }
    }

    #[test]
    fn what_is_seen_outside_or_depends_on_it_is_not_pure() {
        for text in [
            "def f(n):\n    print(n)\n",
            "def f(n):\n    global m\n    m = n\n",
            "def f(n):\n    n.x = 1\n",
            "def f(n):\n    n[0] = 1\n",
            "def f(n):\n    n.append(1)\n",
            "def f(n):\n    t = n\n    t += [1]\n",
            "def f(n):\n    t = [n]\n    t[0][0] = 1\n",
            "def f(n):\n    for t in n:\n        t.append(1)\n",
            "def f(n):\n    yield n\n",
            "async def f(n):\n    return n\n",
            "def f(n):\n    with n:\n        return n\n",
            "def f(n, g):\n    return g(n)\n",
            "import random\ndef f(n):\n    return random.random()\n",
            "import datetime\ndef f(n):\n    return datetime.datetime.now()\n",
            "from time import time\ndef f(n):\n    return time()\n",
            "def f(n):\n    return g(n)\ndef g(n):\n    return open(n)\n",
            "T = {}\ndef f(n):\n    return T[n]\ndef g(n):\n    T[n] = n\n",
            "T = {}\ndef f(n):\n    T[n] = n\n",
            "T = {}\ndef f(n):\n    return T[n]\ndef g(n):\n    globals()[n] = n\n",
            "T = [[1]]\ndef f(n):\n    return T[n]\ndef g(n):\n    for t in T:\n        t.append(n)\n",
            "T = load()\ndef f(n):\n    return T.get(n)\n",
            "from a import T\ndef f(n):\n    return T[n]\n",
            "def g():\n    t = []\n    def f(n):\n        return t\n",
            "class A:\n    def f(self):\n        return self.db.get(1)\n",
            "def f(n, seen={}):\n    seen[n] = n\n    return n\n",
        ] {
            assert_eq!(pure(text), None, "{text}");
        }
    }
}
