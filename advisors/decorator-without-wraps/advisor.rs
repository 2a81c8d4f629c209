//! A decorator whose wrapper keeps its own name, documentation and signature.

use ruff_python_ast::{AnyNodeRef, Expr, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::shape::{Decorator, Id, Tree};
use crate::words::{code, line, listed};
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Functions that are named in the advice.
const MAX_NAMED: usize = 3;

pub(crate) struct DecoratorWithoutWraps;

impl Advisor for DecoratorWithoutWraps {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let functions = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) if def.decorator_list.is_empty() => Some((id, def)),
            _ => None,
        });
        functions.filter_map(|(id, def)| finding(case, id, def)).collect()
    }
}

fn finding(case: &Case<'_>, wrapper: Id, def: &StmtFunctionDef) -> Option<Finding> {
    let tree = case.tree;
    let decorator = tree.decorator_of(wrapper)?;
    let first = *tree.wrapped_calls(wrapper).first()?;
    if is_mentioned_elsewhere(tree, decorator.outer, def) {
        return None;
    }
    let heat = case.heat(def.range())?;
    let decorated = decorated(tree, decorator);
    if decorated.is_empty() {
        return None;
    }
    let name = &def.name;
    let share = (heat.share * 100.0).round();
    let named: Vec<String> =
        decorated.iter().take(MAX_NAMED).map(|def| format!("`{}`", def.name)).collect();
    Some(Finding {
        range: tree.range(first),
        title: format!("What `{}` decorates loses its name: `{name}`", decorator.name),
        because: vec![
            format!(
                "The decorator on {} gives `{name}` in place of {}, whose `__name__`, `__doc__` and \
                 signature are then those of `{name}`; it cannot be pickled for a process pool \
                 either.",
                line(case.source, decorator.outer.name.range()),
                listed(&named)
            ),
            format!("Put `@functools.wraps({})` above `def {name}`.", wrapped_name(tree, first)),
        ],
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run under `{name}`"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

/// Whether anything but `return wrapper` is done with the wrapper: it may be given the names there.
fn is_mentioned_elsewhere(
    tree: &Tree<'_>,
    outer: &StmtFunctionDef,
    wrapper: &StmtFunctionDef,
) -> bool {
    let outer = tree.id_of(outer);
    let mentions = tree.names().filter(|(id, name)| {
        tree.contains(outer, *id)
            && name.id == wrapper.name.id
            && !matches!(tree.parent(*id).map(|it| tree[it]), Some(AnyNodeRef::StmtReturn(_)))
    });
    mentions.count() > 0
}

/// The functions of this file that stand under the decorator alone.
fn decorated<'a>(tree: &Tree<'a>, decorator: Decorator<'_>) -> Vec<&'a StmtFunctionDef> {
    let is_it = |expr: &Expr| match expr {
        Expr::Name(name) => name.id.as_str() == decorator.name,
        Expr::Call(call) => {
            matches!(&*call.func, Expr::Name(name) if name.id.as_str() == decorator.name)
        }
        _ => false,
    };
    let functions = tree.ids().filter_map(|id| match tree[id] {
        AnyNodeRef::StmtFunctionDef(def) => Some(def),
        _ => None,
    });
    let alone =
        |def: &&StmtFunctionDef| matches!(&*def.decorator_list, [only] if is_it(&only.expression));
    functions.filter(alone).collect()
}

/// How the decorator names what it wraps.
fn wrapped_name(tree: &Tree<'_>, call: Id) -> String {
    match tree[call] {
        AnyNodeRef::ExprCall(call) => code(tree.source(), call.func.range()),
        _ => String::new(),
    }
}
