//! Which variable a name means, who mentions it, and where CPython keeps it.

use ruff_python_ast::{AnyNodeRef, ExprContext};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::scope::kind_of_target;
use super::{Binding, BindingKind, Id, ScopeId, ScopeKind, Tree, Variable};
use crate::Python;

/// Where CPython keeps a variable, which decides what some operations on it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The module's dict, from code that runs as the module's body.
    Module,
    /// The module's dict, from a function (`global`, or only read).
    Global,
    /// A class body's dict.
    Class,
    /// A function's own fast local.
    Local,
    /// A cell, since an inner function shares it.
    Cell,
}

/// A code object as the samples name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// `co_qualname`.
    pub name: String,
    /// `co_firstlineno`: the first decorator's line, if there is one.
    pub first_line: u32,
}

impl<'a> Tree<'a> {
    /// The scope that a node is evaluated in.
    pub fn scope(&self, id: Id) -> ScopeId {
        self.scopes.of_node[id.0 as usize]
    }

    /// What opened a scope.
    pub fn scope_kind(&self, scope: ScopeId) -> ScopeKind {
        self.scopes[scope].kind
    }

    /// The node that opened a scope.
    pub fn scope_node(&self, scope: ScopeId) -> Id {
        self.scopes[scope].node
    }

    /// The nearest function, lambda, class or module scope around (or at) `scope`: the code
    /// object that comprehensions count to.
    pub fn frame(&self, mut scope: ScopeId) -> ScopeId {
        while let (ScopeKind::Comprehension | ScopeKind::Generator, Some(parent)) =
            (self.scope_kind(scope), self.scopes[scope].parent)
        {
            scope = parent;
        }
        scope
    }

    /// The variable that a name in an expression means; `None` for builtins and names that the
    /// file does not bind.
    pub fn variable(&self, name: Id) -> Option<Variable<'a>> {
        let AnyNodeRef::ExprName(expr) = self[name] else { return None };
        let here = self.scope(name);
        let from = match kind_of_target(self, name) {
            BindingKind::Walrus if expr.ctx == ExprContext::Store => self.scopes.walrus_scope(here),
            _ => here,
        };
        self.scopes.resolve(from, expr.id.as_str())
    }

    /// What binds a variable, in source order.
    pub fn bindings(&self, variable: Variable<'a>) -> &[Binding] {
        let scope = &self.scopes[variable.scope];
        scope.bindings.get(variable.name).map_or(&[], Vec::as_slice)
    }

    /// Every name that means the variable, bindings among them, in source order.
    pub fn mentions(&self, variable: Variable<'a>) -> Vec<Id> {
        self.mentions.get(&variable).cloned().unwrap_or_default()
    }

    /// Every variable that a name means, in the order in which they are met first.
    pub fn variables(&self) -> Vec<Variable<'a>> {
        let mut all: Vec<_> =
            self.mentions.iter().filter_map(|(&it, ids)| Some((*ids.first()?, it))).collect();
        all.sort_unstable_by_key(|&(first, _)| first);
        all.into_iter().map(|(_, variable)| variable).collect()
    }

    pub(super) fn all_mentions(&self) -> FxHashMap<Variable<'a>, Vec<Id>> {
        let mut all: FxHashMap<_, Vec<Id>> = FxHashMap::default();
        for (id, _) in self.names() {
            if let Some(variable) = self.variable(id) {
                all.entry(variable).or_default().push(id);
            }
        }
        all
    }

    /// Whether the file binds `name` anywhere, as for one that hides a builtin.
    pub fn binds(&self, name: &str) -> bool {
        self.scopes.scopes.iter().any(|scope| scope.bindings.contains_key(name))
    }

    /// Whether `name` is bound or used anywhere in the file.
    pub fn is_taken(&self, name: &str) -> bool {
        self.names().any(|(_, used)| used.id.as_str() == name) || self.binds(name)
    }

    /// Where CPython keeps the variable that a name means, as seen from that name's code.
    pub fn storage(&self, name: Id, python: Python) -> Option<Storage> {
        let variable = self.variable(name)?;
        Some(match self.scope_kind(variable.scope) {
            ScopeKind::Module if self.frame(self.scope(name)) == ScopeId::MODULE => Storage::Module,
            ScopeKind::Module => Storage::Global,
            ScopeKind::Class => Storage::Class,
            _ if self.is_captured(variable, python) => Storage::Cell,
            _ => Storage::Local,
        })
    }

    /// Whether a code object other than the variable's own mentions it. Comprehensions other than
    /// generator expressions are inlined since 3.12 (PEP 709), except in class bodies.
    fn is_captured(&self, variable: Variable<'a>, python: Python) -> bool {
        self.mentions(variable).into_iter().any(|mention| {
            let mut scope = self.scope(mention);
            while scope != variable.scope {
                let inlined =
                    self.scope_kind(scope) == ScopeKind::Comprehension && python.at_least(3, 12);
                let Some(parent) = self.scopes[scope].parent else {
                    return false;
                };
                if !inlined {
                    return true;
                }
                scope = parent;
            }
            false
        })
    }

    /// The code object that a node runs in.
    pub fn code(&self, id: Id, python: Python) -> Code {
        let scope = self.running(self.scope(id), python);
        let node = self.scope_node(scope);
        let first_line = match self[node] {
            AnyNodeRef::ModModule(_) => 1,
            node => self.source.line_and_column(node.start()).0,
        };
        Code { name: self.qualified(scope, python), first_line }
    }

    /// `co_qualname` of what a scope runs as. Comprehensions put no `<locals>` between them and what
    /// is in them (Python/compile.c, `compiler_set_qualname`).
    fn qualified(&self, scope: ScopeId, python: Python) -> String {
        let own = match self[self.scope_node(scope)] {
            AnyNodeRef::StmtFunctionDef(def) => def.name.as_str(),
            AnyNodeRef::StmtClassDef(def) => def.name.as_str(),
            AnyNodeRef::ExprLambda(_) => "<lambda>",
            AnyNodeRef::ExprListComp(_) => "<listcomp>",
            AnyNodeRef::ExprSetComp(_) => "<setcomp>",
            AnyNodeRef::ExprDictComp(_) => "<dictcomp>",
            AnyNodeRef::ExprGenerator(_) => "<genexpr>",
            _ => "<module>",
        };
        let around = self.scopes[scope].parent.map(|parent| self.running(parent, python));
        let (Some(around), false) = (around, around == Some(ScopeId::MODULE)) else {
            return own.to_owned();
        };
        let between = match self.scope_kind(around) {
            ScopeKind::Function | ScopeKind::Lambda => ".<locals>.",
            _ => ".",
        };
        format!("{}{between}{own}", self.qualified(around, python))
    }

    /// The scope whose code object runs what is in `scope`.
    fn running(&self, mut scope: ScopeId, python: Python) -> ScopeId {
        while let (ScopeKind::Comprehension, true, Some(parent)) =
            (self.scope_kind(scope), python.at_least(3, 12), self.scopes[scope].parent)
        {
            scope = parent;
        }
        scope
    }
}
