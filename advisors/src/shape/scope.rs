//! Scopes, what binds names in them, and which variable a name means.

use std::collections::HashMap;

use ruff_python_ast::{AnyNodeRef, Comprehension, Expr, ExprContext};
use ruff_text_size::Ranged;

use super::{Id, Tree};
use crate::Python;

/// A scope of the file; the first is the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(u32);

impl ScopeId {
    /// The module's scope.
    pub const MODULE: Self = Self(0);
}

/// What opens a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A class body; its names are not seen from the functions in it.
    Class,
    /// `def` or `async def`.
    Function,
    /// `lambda`.
    Lambda,
    /// A list, set or dict comprehension.
    Comprehension,
    /// A generator expression.
    Generator,
}

/// A name in the scope that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variable<'a> {
    /// The scope that holds it.
    pub scope: ScopeId,
    /// Its name.
    pub name: &'a str,
}

/// Something that binds or unbinds a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The name in a target, the parameter, alias, definition, handler, pattern or declaration.
    pub node: Id,
    /// How.
    pub kind: BindingKind,
}

/// How a variable is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingKind {
    /// `x = value` with the bare name as a target; also annotated.
    Assign,
    /// `x: T` without a value.
    Declaration,
    /// Part of an unpacking target: `x, y = value`.
    Unpack,
    /// `x += value`.
    Augment,
    /// `x := value`.
    Walrus,
    /// Target of `for`, of a comprehension, of `with` or of `except`.
    Target,
    /// A parameter.
    Parameter,
    /// An import.
    Import,
    /// `def` or `class`.
    Definition,
    /// A capture in `match`.
    Capture,
    /// `del x`.
    Delete,
}

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

struct Scope<'a> {
    kind: ScopeKind,
    node: Id,
    parent: Option<ScopeId>,
    bindings: HashMap<&'a str, Vec<Binding>>,
    globals: Vec<&'a str>,
    nonlocals: Vec<&'a str>,
}

#[derive(Default)]
pub(super) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
    /// The scope that each node is evaluated in.
    of_node: Vec<ScopeId>,
    /// The scope that a node opens.
    opened: HashMap<Id, ScopeId>,
}

impl<'a> Scopes<'a> {
    pub(super) fn of(tree: &Tree<'a>) -> Self {
        let mut scopes = Self::default();
        for id in tree.ids() {
            let scope = match tree.parent(id) {
                Some(parent) => scopes.scope_below(tree, parent, id),
                None => ScopeId::MODULE,
            };
            scopes.of_node.push(scope);
            if let Some(kind) = opens(tree[id]) {
                scopes.open(id, kind, (kind != ScopeKind::Module).then_some(scope));
            }
        }
        for id in tree.ids() {
            scopes.declare(tree, id);
        }
        for id in tree.ids() {
            scopes.bind(tree, id);
        }
        scopes
    }

    fn open(&mut self, node: Id, kind: ScopeKind, parent: Option<ScopeId>) {
        self.opened.insert(node, ScopeId(self.scopes.len() as u32));
        self.scopes.push(Scope {
            kind,
            node,
            parent,
            bindings: HashMap::new(),
            globals: Vec::new(),
            nonlocals: Vec::new(),
        });
    }

    /// The scope of `id`, which stands directly below `parent`: a definition's head, a lambda's
    /// defaults and a comprehension's first iterable are evaluated outside.
    fn scope_below(&self, tree: &Tree<'a>, parent: Id, id: Id) -> ScopeId {
        let outer = self.of_node[parent.0 as usize];
        let start = tree.range(id).start();
        let inside = match tree[parent] {
            AnyNodeRef::StmtFunctionDef(def) => {
                def.body.first().is_some_and(|s| start >= s.start())
            }
            AnyNodeRef::StmtClassDef(def) => def.body.first().is_some_and(|s| start >= s.start()),
            AnyNodeRef::ExprLambda(lambda) => start >= lambda.body.start(),
            AnyNodeRef::Comprehension(comprehension) => {
                let first = tree.parent(parent).and_then(|owner| generators(tree[owner])?.first());
                let outermost = first.is_some_and(|first| std::ptr::eq(first, comprehension));
                let is_iter = tree[id].ptr_eq(AnyNodeRef::from(&comprehension.iter));
                if outermost && is_iter {
                    let owner = tree.parent(parent).unwrap_or(parent);
                    return self.of_node[owner.0 as usize];
                }
                false
            }
            node => opens(node).is_some(),
        };
        if inside { self.opened[&parent] } else { outer }
    }

    fn declare(&mut self, tree: &Tree<'a>, id: Id) {
        let scope = self.of_node[id.0 as usize].0 as usize;
        match tree[id] {
            AnyNodeRef::StmtGlobal(statement) => {
                self.scopes[scope].globals.extend(statement.names.iter().map(|n| n.as_str()));
            }
            AnyNodeRef::StmtNonlocal(statement) => {
                self.scopes[scope].nonlocals.extend(statement.names.iter().map(|n| n.as_str()));
            }
            _ => {}
        }
    }

    fn bind(&mut self, tree: &Tree<'a>, id: Id) {
        let here = self.of_node[id.0 as usize];
        let Some((name, kind)) = bound(tree, id) else { return };
        let scope = match kind {
            BindingKind::Walrus => self.walrus_scope(here),
            BindingKind::Parameter => tree
                .ancestors(id)
                .find_map(|ancestor| self.opened.get(&ancestor).copied())
                .unwrap_or(here),
            _ => here,
        };
        let holder = self.holder(scope, name).0 as usize;
        self.scopes[holder].bindings.entry(name).or_default().push(Binding { node: id, kind });
    }

    /// The scope that a binding of `name` in `scope` goes to.
    fn holder(&self, scope: ScopeId, name: &str) -> ScopeId {
        let declared = &self.scopes[scope.0 as usize];
        if declared.globals.contains(&name) {
            return ScopeId::MODULE;
        }
        if !declared.nonlocals.contains(&name) {
            return scope;
        }
        let mut at = declared.parent;
        while let Some(outer) = at {
            let candidate = &self.scopes[outer.0 as usize];
            if candidate.kind == ScopeKind::Function && !candidate.nonlocals.contains(&name) {
                return outer;
            }
            at = candidate.parent;
        }
        scope
    }

    /// An assignment expression binds outside of the comprehensions that it stands in.
    fn walrus_scope(&self, mut scope: ScopeId) -> ScopeId {
        while let Scope {
            kind: ScopeKind::Comprehension | ScopeKind::Generator,
            parent: Some(parent),
            ..
        } = self.scopes[scope.0 as usize]
        {
            scope = parent;
        }
        scope
    }

    fn resolve(&self, from: ScopeId, name: &'a str) -> Option<Variable<'a>> {
        let mut at = Some(from);
        while let Some(scope) = at {
            let Scope { kind, parent, bindings, globals, .. } = &self.scopes[scope.0 as usize];
            if globals.contains(&name) {
                return Some(Variable { scope: ScopeId::MODULE, name });
            }
            let visible = scope == from || *kind != ScopeKind::Class;
            if visible && bindings.contains_key(name) {
                return Some(Variable { scope, name });
            }
            at = *parent;
        }
        None
    }
}

impl<'a> Tree<'a> {
    /// The scope that a node is evaluated in.
    pub fn scope(&self, id: Id) -> ScopeId {
        self.scopes.of_node[id.0 as usize]
    }

    /// What opened a scope.
    pub fn scope_kind(&self, scope: ScopeId) -> ScopeKind {
        self.scopes.scopes[scope.0 as usize].kind
    }

    /// The node that opened a scope.
    pub fn scope_node(&self, scope: ScopeId) -> Id {
        self.scopes.scopes[scope.0 as usize].node
    }

    /// The nearest function, lambda, class or module scope around (or at) `scope`: the code
    /// object that comprehensions count to.
    pub fn frame(&self, mut scope: ScopeId) -> ScopeId {
        while let (ScopeKind::Comprehension | ScopeKind::Generator, Some(parent)) =
            (self.scope_kind(scope), self.scopes.scopes[scope.0 as usize].parent)
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
        let scope = &self.scopes.scopes[variable.scope.0 as usize];
        scope.bindings.get(variable.name).map_or(&[], Vec::as_slice)
    }

    /// Every name that means the variable, bindings among them, in source order.
    pub fn mentions(&self, variable: Variable<'a>) -> Vec<Id> {
        self.names()
            .filter(|(_, name)| name.id.as_str() == variable.name)
            .map(|(id, _)| id)
            .filter(|&id| self.variable(id) == Some(variable))
            .collect()
    }

    /// Whether `name` means anything at `scope` or is used as a name anywhere in the file.
    pub fn is_taken(&self, name: &str) -> bool {
        self.names().any(|(_, used)| used.id.as_str() == name)
            || self.scopes.scopes.iter().any(|scope| scope.bindings.contains_key(name))
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
                let Some(parent) = self.scopes.scopes[scope.0 as usize].parent else {
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
        let mut scope = self.scope(id);
        while let (ScopeKind::Comprehension, true, Some(parent)) = (
            self.scope_kind(scope),
            python.at_least(3, 12),
            self.scopes.scopes[scope.0 as usize].parent,
        ) {
            scope = parent;
        }
        let node = self.scope_node(scope);
        let first_line = match self[node] {
            AnyNodeRef::ModModule(_) => 1,
            node => self.source.line_and_column(node.start()).0,
        };
        Code { name: self.qualified(scope), first_line }
    }

    fn qualified(&self, scope: ScopeId) -> String {
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
        match self.scopes.scopes[scope.0 as usize].parent {
            None | Some(ScopeId::MODULE) => own.to_owned(),
            Some(parent) if self.scope_kind(parent) == ScopeKind::Class => {
                format!("{}.{own}", self.qualified(parent))
            }
            Some(parent) => format!("{}.<locals>.{own}", self.qualified(parent)),
        }
    }
}

fn opens(node: AnyNodeRef<'_>) -> Option<ScopeKind> {
    Some(match node {
        AnyNodeRef::ModModule(_) => ScopeKind::Module,
        AnyNodeRef::StmtClassDef(_) => ScopeKind::Class,
        AnyNodeRef::StmtFunctionDef(_) => ScopeKind::Function,
        AnyNodeRef::ExprLambda(_) => ScopeKind::Lambda,
        AnyNodeRef::ExprGenerator(_) => ScopeKind::Generator,
        AnyNodeRef::ExprListComp(_) | AnyNodeRef::ExprSetComp(_) | AnyNodeRef::ExprDictComp(_) => {
            ScopeKind::Comprehension
        }
        _ => return None,
    })
}

/// The `for` clauses of a comprehension or generator expression.
pub(super) fn generators(node: AnyNodeRef<'_>) -> Option<&[Comprehension]> {
    Some(match node {
        AnyNodeRef::ExprListComp(comprehension) => &comprehension.generators,
        AnyNodeRef::ExprSetComp(comprehension) => &comprehension.generators,
        AnyNodeRef::ExprDictComp(comprehension) => &comprehension.generators,
        AnyNodeRef::ExprGenerator(comprehension) => &comprehension.generators,
        _ => return None,
    })
}

/// The name that a node binds by itself, and how.
fn bound<'a>(tree: &Tree<'a>, id: Id) -> Option<(&'a str, BindingKind)> {
    Some(match tree[id] {
        AnyNodeRef::ExprName(name) if name.ctx != ExprContext::Load => {
            (name.id.as_str(), kind_of_target(tree, id))
        }
        AnyNodeRef::Parameter(parameter) => (parameter.name.as_str(), BindingKind::Parameter),
        AnyNodeRef::Alias(alias) => {
            let whole = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
            (whole.split('.').next().unwrap_or(whole), BindingKind::Import)
        }
        AnyNodeRef::StmtFunctionDef(def) => (def.name.as_str(), BindingKind::Definition),
        AnyNodeRef::StmtClassDef(def) => (def.name.as_str(), BindingKind::Definition),
        AnyNodeRef::ExceptHandlerExceptHandler(handler) => {
            (handler.name.as_ref()?.as_str(), BindingKind::Target)
        }
        AnyNodeRef::PatternMatchAs(pattern) => {
            (pattern.name.as_ref()?.as_str(), BindingKind::Capture)
        }
        AnyNodeRef::PatternMatchStar(pattern) => {
            (pattern.name.as_ref()?.as_str(), BindingKind::Capture)
        }
        AnyNodeRef::PatternMatchMapping(pattern) => {
            (pattern.rest.as_ref()?.as_str(), BindingKind::Capture)
        }
        _ => return None,
    })
}

fn kind_of_target(tree: &Tree<'_>, name: Id) -> BindingKind {
    if let AnyNodeRef::ExprName(expr) = tree[name]
        && expr.ctx == ExprContext::Del
    {
        return BindingKind::Delete;
    }
    let is = |expr: &Expr| tree[name].ptr_eq(AnyNodeRef::from(expr));
    match tree.parent(name).map(|parent| tree[parent]) {
        Some(AnyNodeRef::StmtAssign(_)) => BindingKind::Assign,
        Some(AnyNodeRef::StmtAnnAssign(assign)) if assign.value.is_some() => BindingKind::Assign,
        Some(AnyNodeRef::StmtAnnAssign(_)) => BindingKind::Declaration,
        Some(AnyNodeRef::StmtAugAssign(_)) => BindingKind::Augment,
        Some(AnyNodeRef::ExprNamed(named)) if is(&named.target) => BindingKind::Walrus,
        Some(AnyNodeRef::StmtFor(_) | AnyNodeRef::Comprehension(_) | AnyNodeRef::WithItem(_)) => {
            BindingKind::Target
        }
        _ => unpacked(tree, name),
    }
}

/// A name within a tuple, list or star: of an assignment, or of a loop's or `with`'s target.
fn unpacked(tree: &Tree<'_>, name: Id) -> BindingKind {
    let owner = tree.ancestors(name).map(|id| tree[id]).find(|node| {
        !matches!(
            node,
            AnyNodeRef::ExprTuple(_) | AnyNodeRef::ExprList(_) | AnyNodeRef::ExprStarred(_)
        )
    });
    match owner {
        Some(AnyNodeRef::StmtAssign(_)) => BindingKind::Unpack,
        _ => BindingKind::Target,
    }
}
