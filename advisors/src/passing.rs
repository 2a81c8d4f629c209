//! Whether the callers of a function pass it the same object again.

use ruff_python_ast::{AnyNodeRef, Expr};

use crate::shape::{BindingKind, Id, Tree, Variable, call_of};
use crate::turns::{Passed, argument};

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
