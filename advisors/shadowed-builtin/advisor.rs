//! Builtins in whose place an `import *` put something else.

use std::collections::BTreeMap;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, StmtImportFrom};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::words::{code, line};
use crate::{Advisor, Callee, Case, Finding, Worth};

/// Builtin functions, those that make objects left out: what replaces these has code of other names.
const BUILTINS: &[&str] = &[
    "abs", "all", "any", "ascii", "bin", "compile", "divmod", "eval", "exec", "format", "hash",
    "hex", "input", "iter", "len", "max", "min", "next", "oct", "open", "ord", "pow", "print",
    "repr", "round", "sorted", "sum",
];

pub(crate) struct ShadowedBuiltin;

impl Advisor for ShadowedBuiltin {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let stars: Vec<_> = case.tree.ids().filter_map(|id| star(case.tree, id)).collect();
        if stars.is_empty() {
            return Vec::new();
        }
        // One word on each name, at the call where the most time is spent.
        let mut hottest = BTreeMap::<&str, Finding>::new();
        for (_, call) in case.tree.all_calls() {
            let Some((name, finding)) = finding(case, call, &stars) else { continue };
            let known = hottest.get(name).map_or(0, |known| known.heat.samples);
            if finding.heat.samples > known {
                hottest.insert(name, finding);
            }
        }
        hottest.into_values().collect()
    }
}

/// The `from module import *` that a node is.
fn star<'a>(tree: &Tree<'a>, id: Id) -> Option<&'a StmtImportFrom> {
    match tree[id] {
        AnyNodeRef::StmtImportFrom(import) => {
            import.names.iter().any(|name| name.name.as_str() == "*").then_some(import)
        }
        _ => None,
    }
}

fn finding(
    case: &Case<'_>,
    call: &ExprCall,
    stars: &[&StmtImportFrom],
) -> Option<(&'static str, Finding)> {
    let name = builtin(case.tree, call)?;
    let range = call.range();
    // The builtin itself is C code: what it runs of Python has a name of its own, as `__len__`, unless
    // it was handed a function to call.
    if hands_on(case.tree, call, name) {
        return None;
    }
    let replaces = |callee: &Callee| callee.own_name() == name && callee.direct_samples > 0;
    let (heat, callee) = case.below_on(&[range], replaces)?;
    let is_known = case.hotspots_on(&[range]).iter().all(|spot| spot.place.columns.is_some());
    let import = origin(&callee, stars).filter(|_| is_known)?;
    let text = code(case.source, import.range());
    let module = callee.module.split('.').next().unwrap_or_default();
    let finding = Finding {
        range,
        title: format!("`{name}` is not the builtin here, but that of `{module}`"),
        because: vec![
            format!(
                "`{text}` on {} puts its own in the place of the builtin: what ran here is `{}`, which may \
                 take other arguments, give something else and take longer.",
                line(case.source, import.range()),
                callee.name()
            ),
            format!(
                "Import by name what is needed of the module. If this `{name}` is meant, call it by its \
                 whole name, so that a reader sees it."
            ),
        ],
        heat,
        evidence: vec![callee.evidence(&heat)],
        worth: Worth::Correctness,
        fix: None,
    };
    Some((name, finding))
}

/// The builtin that a call names, where the file gives that name to nothing else.
fn builtin(tree: &Tree<'_>, call: &ExprCall) -> Option<&'static str> {
    let Expr::Name(name) = &*call.func else { return None };
    let builtin = BUILTINS.iter().find(|it| **it == name.id.as_str())?;
    tree.variable(tree.id_of(name)).is_none().then_some(builtin)
}

/// Whether functions of that name are among a call's arguments, or one by a keyword.
fn hands_on(tree: &Tree<'_>, call: &ExprCall, name: &str) -> bool {
    let has_name = |id: Id| match tree[id] {
        AnyNodeRef::ExprName(it) => it.id.as_str() == name,
        AnyNodeRef::ExprAttribute(it) => it.attr.as_str() == name,
        _ => false,
    };
    let arguments = tree.id_of(&call.arguments);
    tree.subtree(arguments).any(has_name)
        || call.arguments.keywords.iter().any(|it| !it.value.is_literal_expr())
}

/// The last import of the very module that has a function, or of a package around that module.
fn origin<'a>(callee: &Callee, stars: &[&'a StmtImportFrom]) -> Option<&'a StmtImportFrom> {
    let has_it = |import: &&&StmtImportFrom| {
        let module = import.module.as_ref().map(|it| it.as_str()).unwrap_or_default();
        let rest = callee.module.strip_prefix(module).filter(|_| !module.is_empty());
        import.level == 0 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    stars.iter().rfind(has_it).copied()
}
