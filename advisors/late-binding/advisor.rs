//! Functions made in a loop that all see the loop's last value.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext};

use crate::shape::{Id, Tree, Variable, called_name};
use crate::words::{code, line};
use crate::{Advisor, Case, Evidence, Finding, Worth};

pub(crate) struct LateBinding;

impl Advisor for LateBinding {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let lambdas = tree.ids().filter(|&id| tree[id].is_expr_lambda());
        lambdas.filter_map(|id| finding(case, id)).collect()
    }
}

fn finding(case: &Case<'_>, lambda: Id) -> Option<Finding> {
    let tree = case.tree;
    let repeated = *tree.loops(lambda).first()?;
    let extent = tree.loop_extent(repeated);
    if !outlives(tree, lambda, extent) {
        return None;
    }
    let AnyNodeRef::ExprLambda(made) = tree[lambda] else { return None };
    // What stands among the parameters is evaluated on the turn itself.
    let mention = tree.subtree(tree.id_of(&*made.body)).find(|&id| {
        tree.variable(id).is_some_and(|variable| changes(tree, variable, lambda, repeated))
    })?;
    let heat = case.heat(tree.range(lambda))?;
    let name = tree.text(mention);
    let text = code(case.source, tree.range(lambda));
    let share = (heat.share * 100.0).round();
    Some(Finding {
        range: tree.range(lambda),
        title: format!("`{text}` sees the last `{name}` of the loop, not its own"),
        because: vec![
            format!(
                "The loop on {} makes many functions and keeps them. Each looks `{name}` up when it \
                 is called: by then all find what the last turn left.",
                line(case.source, tree.range(extent))
            ),
            format!(
                "Give each its own: `{name}={name}` among the parameters, or `functools.partial`."
            ),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run in it"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// Whether the loop's own clause binds a variable anew on every turn, outside of the lambda.
fn changes(tree: &Tree<'_>, variable: Variable<'_>, lambda: Id, repeated: Id) -> bool {
    let Some(target) = tree.loop_target(repeated).map(|it| tree.id_of(it)) else { return false };
    tree.bindings(variable).iter().any(|it| tree.contains(target, it.node))
        && tree.scope_node(variable.scope) != lambda
}

/// Whether the lambda is surely kept until the loop is over: as an element of a list that a
/// comprehension makes, or put into what was made before the loop and is not used in it otherwise.
fn outlives(tree: &Tree<'_>, lambda: Id, extent: Id) -> bool {
    if let AnyNodeRef::ExprListComp(made) = tree[extent] {
        return tree.id_of(&*made.elt) == lambda;
    }
    if !tree[extent].is_stmt_for() || may_end_early(tree, extent) {
        return false;
    }
    let Some(kept) = keeper(tree, lambda) else { return false };
    let Expr::Name(name) = kept else { return false };
    let Some(variable) = tree.variable(tree.id_of(name)) else { return false };
    let in_loop = |id: &&Id| tree.contains(extent, **id);
    let mentions = tree.mentions(variable);
    mentions.iter().filter(in_loop).count() == 1
        && mentions.iter().any(|id| *id > extent && !tree.contains(extent, *id))
        && !tree.bound_within(variable, extent)
}

/// The `handlers` of `handlers.append(lambda ...)` and `handlers[key] = lambda ...`.
fn keeper<'a>(tree: &Tree<'a>, lambda: Id) -> Option<&'a Expr> {
    let parent = tree.parent(lambda)?;
    match tree[parent] {
        AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
            [Expr::Subscript(target)] if target.ctx == ExprContext::Store => Some(&target.value),
            _ => None,
        },
        AnyNodeRef::Arguments(_) => match tree[tree.parent(parent)?] {
            AnyNodeRef::ExprCall(call) if called_name(call) == Some("append") => {
                call.func.as_attribute_expr().map(|method| &*method.value)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whether something may leave the loop before its last turn.
fn may_end_early(tree: &Tree<'_>, extent: Id) -> bool {
    tree.subtree(extent).any(|id| {
        matches!(
            tree[id],
            AnyNodeRef::StmtBreak(_) | AnyNodeRef::StmtReturn(_) | AnyNodeRef::ExprYield(_)
        )
    })
}
