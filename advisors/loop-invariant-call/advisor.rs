//! A call that computes the same on every turn of a loop.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use crate::left_alone::left_alone;
use crate::repeats::are_values;
use crate::shape::{BindingKind, Id, Proof, ScopeId, Tree, Variable, is_builtin_call};
use crate::words::{code, line, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Gain, Heat, Worth};

/// Share of the run that the call must take.
const MIN_SHARE: f64 = 0.03;

/// Below this length a builtin that goes over a list is done in no time.
const MIN_LENGTH: u64 = 50;

/// The size of the pair for which the least is saved: a function of some microseconds.
const LEAST_WORK: u64 = 10;

/// Builtins that go over all of what they are given.
const BUILTINS: &[&str] = &["max", "min", "sum"];

pub(crate) struct LoopInvariantCall;

impl Advisor for LoopInvariantCall {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.hotspots.is_empty() {
            return Vec::new();
        }
        let calls = case.tree.all_calls();
        calls
            .filter_map(|(id, call)| {
                let around = repeating(case.tree, id)?;
                of_function(case, id, call, around).or_else(|| of_builtin(case, id, call, around))
            })
            .collect()
    }
}

/// The outermost loop of more than a few turns around a call, no further than the code that it runs in.
fn repeating(tree: &Tree<'_>, call: Id) -> Option<Id> {
    let loops = tree.loops(call).into_iter().filter(|&it| !tree.takes_few_turns(it));
    // What is bound by the inner loops is another value for each turn of the outer one.
    loops.map(|it| tree.loop_extent(it)).find(|&extent| stays(tree, call, extent))
}

/// Whether all names in a call are bound elsewhere than in a loop, and by nothing that the loop runs.
fn stays(tree: &Tree<'_>, call: Id, extent: Id) -> bool {
    tree.subtree(call).all(|id| match tree[id] {
        AnyNodeRef::ExprName(_) => tree
            .variable(id)
            .is_none_or(|it| !tree.bound_within(it, extent) && is_bound_here(tree, call, it)),
        AnyNodeRef::ExprAttribute(it) => tree.only_reads_attribute(it.attr.as_str(), &[]),
        AnyNodeRef::ExprCall(_) => id == call,
        node => !is_new_each_time(node),
    })
}

/// Whether no other function binds a variable anew while a call's own runs.
fn is_bound_here(tree: &Tree<'_>, call: Id, variable: Variable<'_>) -> bool {
    let bindings = tree.bindings(variable);
    match is_local(tree, call, variable) {
        true => bindings.iter().all(|it| {
            it.kind == BindingKind::Parameter || tree.function(it.node) == tree.function(call)
        }),
        false => bindings.len() == 1,
    }
}

/// What may give another value, or does something, each time.
fn is_new_each_time(node: AnyNodeRef<'_>) -> bool {
    matches!(
        node,
        AnyNodeRef::ExprAwait(_)
            | AnyNodeRef::ExprYield(_)
            | AnyNodeRef::ExprYieldFrom(_)
            | AnyNodeRef::ExprNamed(_)
            | AnyNodeRef::ExprLambda(_)
            | AnyNodeRef::ExprStarred(_)
            | AnyNodeRef::ExprSubscript(_)
            | AnyNodeRef::Comprehension(_)
    )
}

/// A function of the file that only makes a value of its arguments, which are plain ones.
fn of_function(case: &Case<'_>, id: Id, call: &ExprCall, around: Id) -> Option<Finding> {
    let tree = case.tree;
    let Expr::Name(name) = &*call.func else {
        return None;
    };
    let function = tree.function_named(&call.func)?;
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else {
        return None;
    };
    let (heat, callee) = case.below_on(&[call.range()], |it| {
        it.module.is_empty() && it.function == name.id.as_str() && it.direct_samples > 0
    })?;
    let usable = def.decorator_list.is_empty()
        && heat.share >= MIN_SHARE
        && tree.scope(function) == ScopeId::MODULE
        && (tree.result_of(function)? != Proof::Nothing || tree.is_only_read(id))
        && tree.pure_functions(function).is_some();
    if !usable || !takes_values(case, def, call) {
        return None;
    }
    let gain = case.gain(&heat, Some(LEAST_WORK), LEAST_WORK)?;
    let because = vec![format!(
        "Nothing in the loop on {} changes its arguments, and as far as its body shows `{}` only \
         makes a value of them.",
        line(case.source, tree.range(around)),
        name.id
    )];
    Some(finding(case, call.range(), (heat, gain), because, callee.evidence(&heat)))
}

/// Whether the arguments that were seen are plain values, which nobody can change; a call without any
/// needs none.
fn takes_values(case: &Case<'_>, def: &StmtFunctionDef, call: &ExprCall) -> bool {
    let without = call.arguments.is_empty() && def.parameters.is_empty();
    without || case.arguments(def).is_some_and(|seen| are_values(&seen.elements))
}

/// `max(values)` and the like, of a long list that the loop leaves alone.
fn of_builtin(case: &Case<'_>, id: Id, call: &ExprCall, around: Id) -> Option<Finding> {
    let tree = case.tree;
    let name = BUILTINS.iter().find(|name| is_builtin_call(tree, call, name))?;
    let ([over @ Expr::Name(_)], []) = (&*call.arguments.args, &*call.arguments.keywords) else {
        return None;
    };
    let root = tree.root(over).filter(|root| is_local(tree, id, *root))?;
    if !tree.changes(root, around).is_empty() || !tree.is_only_read(id) {
        return None;
    }
    let heat = case.built_in(case.heat_on(&[call.range()])?)?;
    let seen = case.operand(call.range(), code(case.source, over.range()).as_str())?;
    let plain = matches!(seen.type_name.as_str(), "list" | "tuple" | "set" | "dict");
    let length = seen.lengths.filter(|_| plain)?.median;
    if heat.share < MIN_SHARE || length < MIN_LENGTH {
        return None;
    }
    let check = left_alone(case, tree.id_of(over), around, &seen)?;
    let gain = case.gain(&heat, Some(length), length)?;
    let (all, place) = (thousands(length), line(case.source, tree.range(around)));
    let mut because = vec![sighting(&seen)];
    because.push(match &check {
        None => format!(
            "`{name}` goes over all {all} each time, and nothing in the loop on {place} changes them."
        ),
        Some(_) => format!(
            "`{name}` goes over all {all} each time, and no statement of the loop on {place} changes \
             them by that name."
        ),
    });
    because.extend(check);
    Some(finding(case, call.range(), (heat, gain), because, Evidence::Operand(seen)))
}

fn is_local(tree: &Tree<'_>, call: Id, variable: Variable<'_>) -> bool {
    variable.scope == tree.frame(tree.scope(call)) && variable.scope != ScopeId::MODULE
}

fn finding(
    case: &Case<'_>,
    range: TextRange,
    (heat, gain): (Heat, Gain),
    mut because: Vec<String>,
    evidence: Evidence,
) -> Finding {
    let text = code(case.source, range);
    because.push(format!("Give `{text}` a name before the loop, and use that in it."));
    Finding {
        range,
        title: format!("`{text}` gives the same on every turn of the loop"),
        because,
        heat,
        evidence: vec![evidence],
        worth: Worth::Time(gain),
        fix: None,
    }
}
