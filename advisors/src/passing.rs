//! Whether the callers of a function pass it the same object again.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, Tree, Use, Variable, call_of, fresh_list};
use crate::turns::{Passed, argument};
use crate::{Case, Operand};

/// Calls that are followed from a function to the loop that makes them.
const MAX_STEPS: u32 = 3;

/// Whether a call in the file passes what the parameter held before. `None` where the variable is no
/// parameter, where the file has no call, or one of which that cannot be told.
pub(crate) fn is_passed_again<'a>(
    tree: &Tree<'a>,
    function: Id,
    parameter: Variable<'a>,
) -> Option<bool> {
    passed_again(tree, function, parameter, MAX_STEPS)
}

fn passed_again<'a>(
    tree: &Tree<'a>,
    function: Id,
    parameter: Variable<'a>,
    steps: u32,
) -> Option<bool> {
    let steps = steps.checked_sub(1)?;
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return None };
    let mut bindings = tree.bindings(parameter).iter();
    let is_parameter = tree.scope_node(parameter.scope) == function
        && bindings.all(|binding| binding.kind == BindingKind::Parameter);
    let calls = tree.callers(function);
    if !is_parameter || calls.is_empty() || is_handed_on(tree, function, calls.len()) {
        return None;
    }
    let again = calls.into_iter().map(|id| {
        let call = call_of(tree, id)?;
        let value = match argument(tree, function, def, call, parameter.name)? {
            Passed::Receiver(value) | Passed::Value(value) => value,
        };
        is_same_again(tree, id, value, steps)
    });
    again.collect::<Option<Vec<bool>>>().map(|again| again.contains(&true))
}

/// The calls of a function, each with the name that it passes as a parameter, where that is a list of
/// the caller's own which nothing else can hold or change: besides it is only read. `None` where not all
/// are such.
pub(crate) fn lists_of_callers<'a>(
    tree: &Tree<'a>,
    function: Id,
    parameter: Variable<'a>,
) -> Option<Vec<(Id, &'a Expr)>> {
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return None };
    let passed = tree.callers(function).into_iter().map(|id| {
        match argument(tree, function, def, call_of(tree, id)?, parameter.name)? {
            Passed::Value(value) => Some((id, value)),
            Passed::Receiver(_) => None,
        }
    });
    let passed: Vec<(Id, &Expr)> = passed.collect::<Option<_>>()?;
    let is_passed = |id: Id| passed.iter().any(|(_, value)| tree.id_of(*value) == id);
    let is_own = |&(call, value): &(Id, &Expr)| {
        let named = value.is_name_expr().then(|| tree.variable(tree.id_of(value))).flatten();
        named.is_some_and(|variable| {
            let made = tree.bindings(variable).iter().all(|binding| {
                tree.assigned(binding.node).is_some_and(|value| fresh_list(tree, value))
            });
            let kept = tree.uses(variable).iter().all(|&(id, done)| match done {
                Use::Bound(_) | Use::Returned => true,
                Use::Other => is_passed(id),
                done => done.only_reads(),
            });
            made && kept && tree.scope_node(variable.scope) == tree.function(call)
        })
    };
    passed.iter().all(is_own).then_some(passed)
}

/// What was seen of what a parameter is, where a caller has a name for it.
pub(crate) fn seen_by_callers(
    case: &Case<'_>,
    function: Id,
    parameter: Variable<'_>,
) -> Option<Operand> {
    let calls = lists_of_callers(case.tree, function, parameter)?.into_iter();
    let seen = calls.filter_map(|(call, value)| {
        case.operand(case.tree.range(call), case.source.slice(value.range()))
    });
    seen.filter(|it| it.lengths.is_some()).max_by_key(|it| it.observations)
}

/// Whether a function of the module is mentioned where it is not called: somebody else may call it.
fn is_handed_on(tree: &Tree<'_>, function: Id, calls: usize) -> bool {
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return true };
    let variable = Variable { scope: tree.scope(function), name: def.name.as_str() };
    tree.class_of(function).is_none() && tree.mentions(variable).len() > calls
}

/// Whether a call is made with the very value more than once, as far as the file tells.
fn is_same_again<'a>(tree: &Tree<'a>, call: Id, value: &'a Expr, steps: u32) -> Option<bool> {
    let root = tree.root(value)?;
    let around = tree.loops(call);
    let again = |&repeated: &Id| {
        !tree.is_rebound(value, tree.loop_extent(repeated)) && !tree.takes_few_turns(repeated)
    };
    if around.iter().any(again) {
        return Some(true);
    }
    let function = tree.function(call);
    if tree.scope_node(tree.frame(root.scope)) != function {
        return Some(true);
    }
    match tree[function] {
        AnyNodeRef::StmtFunctionDef(_) if around.is_empty() => {
            let mut bindings = tree.bindings(root).iter();
            match bindings.all(|binding| binding.kind == BindingKind::Parameter) {
                true => passed_again(tree, function, root, steps),
                false => Some(false),
            }
        }
        _ => Some(false),
    }
}
