//! `re.match(pattern, ...)` and its like, where looking the pattern up or compiling it takes time.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, Tree, is_constant};
use crate::words::code;
use crate::{Advisor, Callee, Case, Finding, Heat, Worth};

/// Share of the run that must be spent on getting at compiled patterns.
const MIN_SHARE: f64 = 0.02;

/// What is saved with a compiled pattern over what looking it up takes: of the pair, 61 % and 43 %.
const WITH_CALL: f64 = 1.42;

/// Patterns of the pair that are more than `re` keeps.
const MANY: u64 = 1_000;

/// Patterns that `re` keeps (`re._MAXCACHE`, CPython 3.6 to 3.15).
const KEPT: &str = "512";

const FUNCTIONS: &[&str] = &[
    "re.compile",
    "re.findall",
    "re.finditer",
    "re.fullmatch",
    "re.match",
    "re.search",
    "re.split",
    "re.sub",
    "re.subn",
];

/// What runs when a pattern is compiled; its modules were renamed in CPython 3.11.
const COMPILER: &[&str] = &["re._compiler:", "re._parser:", "sre_compile:", "sre_parse:"];

pub(crate) struct RegexInLoop;

impl Advisor for RegexInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls =
            case.tree.all_calls().filter(|(_, call)| case.tree.calls_one_of(call, FUNCTIONS));
        calls.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let pattern = call.arguments.args.first()?;
    let below = |names: &[&str]| case.below(call.range(), |callee| callee.is_one_of(names));
    let (heat, callee) = below(&["re:_compile"]).filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let compiled = below(COMPILER).filter(|(inner, _)| inner.share >= heat.share / 2.0);
    match compiled {
        Some((heat, callee)) => compiled_anew(case, id, call, &heat, &callee),
        None => looked_up(case, call, pattern, heat, &callee),
    }
}

/// The pattern is found in the cache of `re`, and finding it is what takes the time. Only many
/// calls can add up to that.
fn looked_up(
    case: &Case<'_>,
    call: &ExprCall,
    pattern: &Expr,
    heat: Heat,
    callee: &Callee,
) -> Option<Finding> {
    let steady = is_constant(pattern) || case.tree.constant_text(pattern).is_some();
    if !steady {
        return None;
    }
    let text = code(case.source, pattern.range());
    let advice = match &*call.func {
        Expr::Attribute(function) if function.attr.as_str() != "compile" => format!(
            "Compile it once, at the top of the module (`PATTERN = re.compile({text})`), and call \
             `PATTERN.{}(...)`.",
            function.attr
        ),
        _ => format!("Compile it once, at the top of the module: `PATTERN = re.compile({text})`."),
    };
    let whole = with_call(case, call, case.with_own(heat, &[call.range()]));
    Some(Finding {
        range: call.range(),
        title: format!("`{}` looks its pattern up on every call", code(case.source, call.range())),
        because: vec![
            "The functions of `re` look for the compiled pattern in a dict, by its type, text and \
             flags, in Python code."
                .to_owned(),
            advice,
        ],
        heat: whole,
        evidence: vec![callee.evidence(&heat)],
        worth: Worth::Time(case.gain(&whole, Some(1), 1)?),
        fix: None,
    })
}

/// What goes away with the lookup: also the function around it, whose own time is that of the match as
/// well, but no more than the call takes.
fn with_call(case: &Case<'_>, call: &ExprCall, lookup: Heat) -> Heat {
    let samples = (lookup.samples as f64 * WITH_CALL) as u64;
    let most = case.heat_on(&[call.range()]).filter(|heat| heat.columns);
    let most = most.map_or(lookup.samples, |heat| heat.samples);
    let samples = samples.min(most).max(lookup.samples);
    Heat { self_samples: lookup.self_samples, ..Heat::of(samples, 0, case.busy_samples) }
}

/// Patterns are compiled again and again: there are more of them than `re` keeps.
fn compiled_anew(
    case: &Case<'_>,
    id: Id,
    call: &ExprCall,
    heat: &Heat,
    callee: &Callee,
) -> Option<Finding> {
    let pattern = call.arguments.args.first()?;
    let compiles = matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str() == "compile");
    if compiles || is_constant(pattern) || heat.share < MIN_SHARE {
        return None;
    }
    if !come_again(case.tree, id, pattern) {
        return None;
    }
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{}` compiles its patterns again and again",
            code(case.source, call.range())
        ),
        because: vec![
            format!(
                "Compiling takes a hundred times as long as most matches; `re` keeps {KEPT} \
                 patterns, and the loop goes through more than that."
            ),
            "Compile each once, before the loops, and keep them in a list or dict; if all are \
             tried on the same text, one pattern that joins them with `|` is faster still."
                .to_owned(),
        ],
        heat: *heat,
        evidence: vec![callee.evidence(heat)],
        worth: Worth::Time(case.gain(heat, Some(MANY), MANY)?),
        fix: None,
    })
}

/// Whether the same patterns are gone through again and again: a loop goes over them, and another
/// loop around that one does not change them. Compiling each once is no waste.
fn come_again(tree: &Tree<'_>, call: Id, pattern: &Expr) -> bool {
    let Some(&inner) = tree.loops(call).first() else { return false };
    let inner_extent = tree.loop_extent(inner);
    let Some(outer) = tree.loop_around(inner_extent) else { return false };
    let outer_extent = tree.loop_extent(outer);
    let Some(over) = tree.iterable(inner) else { return false };
    let steady = |name: Id| {
        let Some(variable) = tree.variable(name) else { return true };
        let here = tree.contains(outer_extent, inner_extent);
        tree.bindings(variable).iter().all(|binding| match binding.kind {
            BindingKind::Parameter => here || variable.name == "self",
            _ => {
                !tree.contains(outer_extent, binding.node)
                    || tree.contains(inner_extent, binding.node)
            }
        })
    };
    let is_name = |id: &Id| matches!(tree[*id], AnyNodeRef::ExprName(_));
    let (pattern, over) = (tree.id_of(pattern), tree.id_of(over));
    !tree.is_invariant(inner, pattern)
        && tree.subtree(pattern).chain(tree.subtree(over)).filter(is_name).all(steady)
}
