//! The loop whose turns each look something up in a container, which stays the same meanwhile.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprContext, Number, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::Case;
use crate::keys;
use crate::shape::{BindingKind, Id, ScopeKind, Tree, Variable, call_of, is_builtin_call};

/// Turns from which making an index beforehand pays.
const MANY_TURNS: u64 = 8;

/// Something that is looked up in a container.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search<'a> {
    /// Where.
    pub(crate) at: Id,
    /// The loop that does the looking, if one is written.
    pub(crate) by: Option<Id>,
    /// The container.
    pub(crate) over: &'a Expr,
    /// The part of an element that is compared, if it is not the whole.
    pub(crate) key: Option<&'a Expr>,
    /// What is looked for.
    pub(crate) wanted: &'a Expr,
}

/// Where a search is repeated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Turns {
    /// In a loop around it, over a variable that the loop leaves alone.
    Loop(Id),
    /// In a loop around it, over what others may change behind the loop's back.
    Shared(Id),
    /// In a loop that calls the function of the search.
    Caller(Id),
}

impl Turns {
    /// The loop.
    pub(crate) fn place(self) -> Id {
        match self {
            Self::Loop(id) | Self::Shared(id) | Self::Caller(id) => id,
        }
    }

    /// Whether the loop goes over a `range` that is written to be short, or over what was seen to be.
    pub(crate) fn are_few(self, case: &Case<'_>) -> bool {
        let Some(over) = case.tree.iterable(self.place()) else { return false };
        if let Expr::Call(call) = over
            && is_builtin_call(case.tree, call, "range")
        {
            return call.arguments.args.iter().all(is_small);
        }
        let within = case.tree.range(case.tree.loop_extent(self.place()));
        let seen = case.operand(within, case.source.slice(over.range()));
        let lengths = seen.and_then(|operand| operand.lengths);
        lengths.is_some_and(|lengths| lengths.median < MANY_TURNS)
    }
}

/// The loop that repeats a search, with another value to look for each time.
pub(crate) fn turns(case: &Case<'_>, search: &Search<'_>) -> Option<Turns> {
    let tree = case.tree;
    let over = tree.id_of(search.over);
    let root = tree.root(search.over)?;
    let around = tree.loops(search.at).into_iter().filter(|&id| Some(id) != search.by);
    let mut joins = around.filter(|&repeated| {
        tree.is_invariant(repeated, over)
            && !tree.takes_few_turns(repeated)
            && names(tree, search.wanted).any(|name| binds(tree, repeated, name))
            && !changes(tree, tree.loop_extent(repeated), search)
    });
    if let Some(repeated) = joins.next() {
        let local = tree.scope_kind(root.scope) == ScopeKind::Function
            && matches!(search.over, Expr::Name(_));
        return Some(if local { Turns::Loop(repeated) } else { Turns::Shared(repeated) });
    }
    through_a_caller(case, search, root).map(Turns::Caller)
}

fn names<'t>(tree: &'t Tree<'_>, expr: &Expr) -> impl Iterator<Item = Id> + 't {
    tree.subtree(tree.id_of(expr)).filter(|&id| matches!(tree[id], AnyNodeRef::ExprName(_)))
}

/// Whether a loop gives a name its value.
fn binds(tree: &Tree<'_>, repeated: Id, name: Id) -> bool {
    tree.variable(name).is_some_and(|it| tree.bound_within(it, tree.loop_extent(repeated)))
}

/// Whether anything in `part` may change the elements' keys, or what an attribute holds.
fn changes(tree: &Tree<'_>, part: Id, search: &Search<'_>) -> bool {
    let over = tree.source().slice(search.over.range());
    let rebound = tree.subtree(part).any(|id| match tree[id] {
        AnyNodeRef::ExprAttribute(_) => tree.text(id) == over && !tree.use_of(id).only_reads(),
        _ => false,
    });
    rebound || search.key.is_some_and(|key| keys::may_change(tree, part, key))
}

/// The loop that calls the function of the search, with another value to look for each time and in
/// the same container.
fn through_a_caller(case: &Case<'_>, search: &Search<'_>, root: Variable<'_>) -> Option<Id> {
    let tree = case.tree;
    let function = tree.function(search.at);
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return None };
    let owned = |variable: Variable<'_>| tree.scope_node(variable.scope) == function;
    let is_parameter = |variable: Variable<'_>| {
        let mut bindings = tree.bindings(variable).iter();
        owned(variable) && bindings.all(|binding| binding.kind == BindingKind::Parameter)
    };
    let asked = names(tree, search.wanted).filter_map(|name| tree.variable(name));
    let asked: Vec<_> = asked.filter(|&it| is_parameter(it) && it.name != "self").collect();
    let altered = tree.changes(root, function).into_iter();
    let altered = altered.filter(|&id| !matches!(tree[id], AnyNodeRef::Parameter(_))).count() > 0;
    let passed = is_parameter(root);
    if asked.is_empty() || altered || (owned(root) && !passed) || changes(tree, function, search) {
        return None;
    }
    let repeats = |id: Id, call: &ExprCall, repeated: Id| {
        let extent = tree.loop_extent(repeated);
        let same = match argument(tree, function, def, call, root.name) {
            Some(Passed::Receiver(object)) => {
                tree.root(object).is_some_and(|it| !tree.bound_within(it, extent))
            }
            Some(Passed::Value(value)) => is_left_alone(tree, repeated, id, value),
            None => !passed && !tree.bound_within(root, extent),
        };
        let other = asked.iter().any(|it| {
            let value = argument(tree, function, def, call, it.name);
            matches!(value, Some(Passed::Value(value)) if names(tree, value).any(|name| binds(tree, repeated, name)))
        });
        same && other && !tree.takes_few_turns(repeated) && case.heat(tree.range(id)).is_some()
    };
    tree.callers(function).into_iter().find_map(|id| {
        let call = call_of(tree, id)?;
        tree.loops(id).into_iter().find(|&repeated| repeats(id, call, repeated))
    })
}

/// Whether a loop keeps what it passes to a call: nothing else there may change it.
fn is_left_alone(tree: &Tree<'_>, repeated: Id, call: Id, value: &Expr) -> bool {
    let extent = tree.loop_extent(repeated);
    let text = tree.source().slice(value.range());
    let stored = tree.subtree(extent).any(|id| {
        matches!(tree[id], AnyNodeRef::ExprAttribute(it) if it.ctx != ExprContext::Load)
            && tree.text(id) == text
    });
    let root = tree.root(value);
    !stored
        && root.is_some_and(|it| tree.changes(it, extent).iter().all(|&id| tree.contains(call, id)))
}

pub(crate) enum Passed<'a> {
    /// `x` of `x.method(...)`.
    Receiver(&'a Expr),
    /// An argument.
    Value(&'a Expr),
}

/// What a call gives a parameter.
pub(crate) fn argument<'a>(
    tree: &Tree<'a>,
    function: Id,
    def: &StmtFunctionDef,
    call: &'a ExprCall,
    name: &str,
) -> Option<Passed<'a>> {
    if let Some(keyword) = call.arguments.find_keyword(name) {
        return Some(Passed::Value(&keyword.value));
    }
    let mut parameters = def.parameters.posonlyargs.iter().chain(&def.parameters.args);
    let index = parameters.position(|it| it.parameter.name.as_str() == name)?;
    let is_method = tree.scope_kind(tree.scope(function)) == ScopeKind::Class;
    let at = if is_method { index.checked_sub(1) } else { Some(index) };
    match (&*call.func, at) {
        (Expr::Attribute(method), None) => Some(Passed::Receiver(&method.value)),
        (_, at) => {
            let before = call.arguments.args.get(..=at?)?;
            let starred = before.iter().any(Expr::is_starred_expr);
            (!starred).then(|| before.last().map(Passed::Value))?
        }
    }
}

fn is_small(number: &Expr) -> bool {
    matches!(number, Expr::NumberLiteral(literal)
        if matches!(&literal.value, Number::Int(int)
            if int.as_u64().is_some_and(|int| int < MANY_TURNS)))
}
