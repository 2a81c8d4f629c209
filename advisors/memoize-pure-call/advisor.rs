//! A pure function that is called again with arguments it has already seen.

use ruff_python_ast::{AnyNodeRef, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::repeats::Repeats;
use crate::rewrite::{before_statement, import};
use crate::shape::{Id, Proof, ScopeId, Tree, Variable, called_name};
use crate::{Advisor, Case, Finding, Fix, Safety, Worth, words};

/// Share of the run that the function must take.
const MIN_SHARE: f64 = 0.05;

/// Below this part of the calls that surely come back nothing is said.
const MIN_RATE: f64 = 0.3;

/// Turns of a loop below which a function is about as fast as asking a cache.
const MANY_TURNS: u64 = 8;

/// The size of the pair for which the least is saved: a function of some ten microseconds.
const LEAST_WORK: u64 = 20;

/// Functions and methods that take a while on anything but the shortest arguments.
const LONG: &[&str] =
    &["digest", "findall", "hexdigest", "loads", "ratio", "strptime", "sub", "subn"];

pub(crate) struct MemoizePureCall;

impl Advisor for MemoizePureCall {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let functions = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) if tree.scope(id) == ScopeId::MODULE => {
                Some((id, def))
            }
            _ => None,
        });
        functions.filter_map(|(id, def)| finding(case, id, def)).collect()
    }
}

fn finding(case: &Case<'_>, function: Id, def: &StmtFunctionDef) -> Option<Finding> {
    let tree = case.tree;
    let variable = Variable { scope: ScopeId::MODULE, name: def.name.as_str() };
    let is_another = !def.decorator_list.is_empty() || tree.bindings(variable).len() != 1;
    if is_another {
        return None;
    }
    let heat = case.heat(def.range()).filter(|heat| heat.share >= MIN_SHARE)?;
    if tree.runs_once(function) {
        return None;
    }
    let repeats = case.repeats(function, def)?;
    if repeats.rate().share_low < MIN_RATE {
        return None;
    }
    let functions = tree.pure_functions(function)?;
    let result = tree.result_of(function)?;
    if is_small(case, &functions) || is_changed_by_callers(tree, function, result) {
        return None;
    }
    let used: Vec<String> =
        tree.module_values(&functions).into_iter().map(|name| format!("`{name}`")).collect();
    let used = words::listed(&used);
    let gain = repeats.gain(case, &heat, LEAST_WORK)?;
    let decorator = repeats.decorator();
    let range = def.name.range();
    Some(Finding {
        range,
        title: format!("`{}` computes again what it has computed before", def.name),
        because: vec![
            repeats.sentence(),
            reads_alone(&used),
            format!("`@functools.{decorator}` above `def {}` keeps what it gave.", def.name),
        ],
        heat,
        evidence: vec![repeats.evidence()],
        worth: Worth::Time(gain),
        fix: fix(case, def, &repeats, result, &used),
    })
}

/// That nothing but the arguments and what the function `used` of the module decides what it gives.
fn reads_alone(used: &str) -> String {
    let alone = "As far as its body shows, it only makes a value of its arguments: it writes, reads and \
                 asks nothing else";
    match used {
        "" => format!("{alone}."),
        used => format!("{alone} but {used} of the module, which nothing in this file changes."),
    }
}

/// Whether nothing in the functions takes long: no loop of more than a few turns, no call that is known
/// to, and none of a function around it.
fn is_small(case: &Case<'_>, functions: &[Id]) -> bool {
    let tree = case.tree;
    let takes_long = |id: Id| match tree[id] {
        AnyNodeRef::StmtFor(_) | AnyNodeRef::Comprehension(_) => {
            !tree.takes_few_turns(id) && !is_short(case, id)
        }
        AnyNodeRef::StmtWhile(_) => true,
        AnyNodeRef::ExprCall(call) => {
            called_name(call).is_some_and(|name| LONG.contains(&name))
                || tree.function_named(&call.func).is_some_and(|it| tree.contains(it, id))
        }
        _ => false,
    };
    !functions.iter().any(|&function| tree.subtree(function).any(takes_long))
}

/// Whether what a loop goes over was seen to be short.
fn is_short(case: &Case<'_>, repeated: Id) -> bool {
    let tree = case.tree;
    let Some(over) = tree.iterable(repeated) else { return false };
    let within = tree.range(tree.loop_extent(repeated));
    let seen = case.operand(within, case.source.slice(over.range()));
    seen.and_then(|it| it.lengths).is_some_and(|lengths| lengths.median < MANY_TURNS)
}

/// Whether a caller changes what it was given, which all would share.
fn is_changed_by_callers(tree: &Tree<'_>, function: Id, result: Proof) -> bool {
    result == Proof::Nothing
        && tree.callers(function).into_iter().any(|call| tree.is_changed_onward(call))
}

fn fix(
    case: &Case<'_>,
    def: &StmtFunctionDef,
    repeats: &Repeats,
    result: Proof,
    used: &str,
) -> Option<Fix> {
    let has_functools = import(case.source, "import functools").is_none();
    let has_name = import(case.source, "from functools import lru_cache").is_none();
    let (prefix, added) = match (has_name, has_functools) {
        (true, _) => ("", None),
        (false, true) => ("functools.", None),
        (false, false) if case.tree.is_taken("lru_cache") => return None,
        (false, false) => ("", import(case.source, "from functools import lru_cache")),
    };
    let decorator = format!("@{prefix}{}", repeats.decorator());
    let above = before_statement(case.source, def.range(), &decorator)?;
    let shared = match result {
        Proof::Nothing => "; nobody may change what it returns, since all callers share it",
        _ => "",
    };
    let steady = match used {
        "" => String::new(),
        used => format!("; no other file may set or change {used}"),
    };
    Some(Fix {
        safety: Safety::Unsafe,
        note: Some(format!("all arguments must be hashable{shared}{steady}")),
        edits: added.into_iter().chain([above]).collect(),
    })
}
