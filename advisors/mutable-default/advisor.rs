//! A default that is made once and changed by every call that relies on it.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ParameterWithDefault, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, ScopeKind, Tree, Use, Variable, is_builtin_call};
use crate::words::{code, line};
use crate::{Advisor, Case, Evidence, Finding, Worth};

pub(crate) struct MutableDefault;

impl Advisor for MutableDefault {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let functions = case.tree.ids().filter_map(|id| match case.tree[id] {
            AnyNodeRef::StmtFunctionDef(def) => Some((id, def)),
            _ => None,
        });
        functions
            .flat_map(|(id, def)| {
                let all = def.parameters.posonlyargs.iter().chain(&def.parameters.args);
                let parameters = all.enumerate();
                parameters.filter_map(move |(index, it)| finding(case, id, def, index, it))
            })
            .collect()
    }
}

fn finding(
    case: &Case<'_>,
    function: Id,
    def: &StmtFunctionDef,
    index: usize,
    parameter: &ParameterWithDefault,
) -> Option<Finding> {
    let tree = case.tree;
    let default = parameter.default.as_deref().filter(|expr| is_mutable(tree, expr))?;
    let name = parameter.parameter.name.as_str();
    let change = change(tree, function, name)?;
    let caller = relying_call(tree, function, def, index, name)?;
    let heat = case.heat(def.range())?;
    let (text, made) = (code(case.source, tree.range(change)), code(case.source, default.range()));
    let share = (heat.share * 100.0).round();
    Some(Finding {
        range: tree.range(change),
        title: format!("`{text}` changes the default of `{name}` for all later calls"),
        because: vec![
            format!(
                "`{name}={made}` on {} is made once, when `{}` is defined. The call on {} leaves \
                 `{name}` out, so what is put into it is still there the next time.",
                line(case.source, default.range()),
                def.name,
                line(case.source, tree.range(caller))
            ),
            format!("Write `{name}=None`, and first of all `if {name} is None: {name} = {made}`."),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run in `{}`", def.name))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// Whether a default is a new list, set or dict.
fn is_mutable(tree: &Tree<'_>, default: &Expr) -> bool {
    match default {
        Expr::List(_) | Expr::Set(_) | Expr::Dict(_) => true,
        Expr::Call(call) => {
            ["list", "set", "dict"].iter().any(|it| is_builtin_call(tree, call, it))
        }
        _ => false,
    }
}

/// The first place where the function changes what its parameter holds. `None` where the parameter is
/// bound anew, or may be meant to be kept: one that is also looked up by key or value is a cache.
fn change(tree: &Tree<'_>, function: Id, name: &str) -> Option<Id> {
    let variable = parameter(tree, function, name)?;
    let uses = tree.uses(variable);
    let kept = name.starts_with('_')
        || uses.iter().any(|(_, done)| {
            matches!(done, Use::Probe(_) | Use::Indexed(_) | Use::Method("get", _))
        });
    if kept || tree.bindings(variable).iter().any(|it| it.kind != BindingKind::Parameter) {
        return None;
    }
    uses.into_iter().find_map(|(_, done)| done.changed())
}

fn parameter<'a>(tree: &Tree<'a>, function: Id, name: &str) -> Option<Variable<'a>> {
    let mention = |(id, it): (Id, &ruff_python_ast::ExprName)| {
        let variable = (it.id.as_str() == name).then(|| tree.variable(id)).flatten()?;
        (tree.scope_node(variable.scope) == function).then_some(variable)
    };
    tree.names().find_map(mention)
}

/// A call of the function that surely leaves the parameter out.
fn relying_call(
    tree: &Tree<'_>,
    function: Id,
    def: &StmtFunctionDef,
    index: usize,
    name: &str,
) -> Option<Id> {
    let is_method = tree.scope_kind(tree.scope(function)) == ScopeKind::Class;
    let bound = is_method
        && !def.decorator_list.iter().any(
            |it| matches!(&it.expression, Expr::Name(name) if name.id.as_str() == "staticmethod"),
        );
    let position = index.checked_sub(usize::from(bound))?;
    let leaves_out = |call: &ExprCall| {
        let arguments = &call.arguments;
        arguments.args.len() <= position
            && !arguments.args.iter().any(Expr::is_starred_expr)
            && arguments
                .keywords
                .iter()
                .all(|keyword| keyword.arg.as_ref().is_some_and(|given| given.as_str() != name))
    };
    let calls = tree.callers(function).into_iter();
    calls.into_iter().find(|&call| crate::shape::call_of(tree, call).is_some_and(leaves_out))
}
