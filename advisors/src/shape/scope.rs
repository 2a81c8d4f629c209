//! Scopes, what binds names in them, and which variable a name means.

use std::ops::Index;

use ruff_python_ast::{AnyNodeRef, Comprehension, Expr, ExprContext};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::{Id, Tree};

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

pub(super) struct Scope<'a> {
    pub(super) kind: ScopeKind,
    pub(super) node: Id,
    pub(super) parent: Option<ScopeId>,
    pub(super) bindings: FxHashMap<&'a str, Vec<Binding>>,
    globals: Vec<&'a str>,
    nonlocals: Vec<&'a str>,
}

/// Every scope of a file.
#[derive(Default)]
pub(super) struct Scopes<'a> {
    pub(super) scopes: Vec<Scope<'a>>,
    /// The scope that each node is evaluated in.
    pub(super) of_node: Vec<ScopeId>,
    /// The scope that a node opens.
    opened: FxHashMap<Id, ScopeId>,
}

impl<'a> Index<ScopeId> for Scopes<'a> {
    type Output = Scope<'a>;

    fn index(&self, scope: ScopeId) -> &Scope<'a> {
        &self.scopes[scope.0 as usize]
    }
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
            bindings: FxHashMap::default(),
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
        let declared = &self[scope];
        if declared.globals.contains(&name) {
            return ScopeId::MODULE;
        }
        if !declared.nonlocals.contains(&name) {
            return scope;
        }
        let mut at = declared.parent;
        while let Some(outer) = at {
            let candidate = &self[outer];
            if candidate.kind == ScopeKind::Function && !candidate.nonlocals.contains(&name) {
                return outer;
            }
            at = candidate.parent;
        }
        scope
    }

    /// An assignment expression binds outside of the comprehensions that it stands in.
    pub(super) fn walrus_scope(&self, mut scope: ScopeId) -> ScopeId {
        while let Scope {
            kind: ScopeKind::Comprehension | ScopeKind::Generator,
            parent: Some(parent),
            ..
        } = self[scope]
        {
            scope = parent;
        }
        scope
    }

    pub(super) fn resolve(&self, from: ScopeId, name: &'a str) -> Option<Variable<'a>> {
        let mut at = Some(from);
        while let Some(scope) = at {
            let Scope { kind, parent, bindings, globals, .. } = &self[scope];
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

pub(super) fn kind_of_target(tree: &Tree<'_>, name: Id) -> BindingKind {
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
