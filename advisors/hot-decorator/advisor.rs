//! A decorator's wrapper that takes longer than the small function in it.

use ruff_python_ast::{AnyNodeRef, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::words::listed;
use crate::{Advisor, Callee, Case, Evidence, Finding, Heat, Worth};

/// Share of the run that the wrapper itself must take.
const MIN_SHARE: f64 = 0.08;

/// Functions that are named in the advice.
const MAX_NAMED: usize = 3;

pub(crate) struct HotDecorator;

impl Advisor for HotDecorator {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let functions = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) if !def.is_async => Some((id, def)),
            _ => None,
        });
        functions.filter_map(|(id, def)| finding(case, id, def)).collect()
    }
}

fn finding(case: &Case<'_>, wrapper: Id, def: &StmtFunctionDef) -> Option<Finding> {
    let tree = case.tree;
    let decorator = tree.decorator_of(wrapper)?.name;
    let calls = tree.wrapped_calls(wrapper);
    if !always_calls(tree, wrapper, &calls) {
        return None;
    }
    let whole = case.heat(def.range())?;
    let wrapped: Vec<Callee> = calls.iter().flat_map(|&call| direct(case, call)).collect();
    let inner: u64 = wrapped.iter().map(|callee| callee.samples).sum();
    let own = whole.samples.saturating_sub(inner);
    if inner == 0 || own < inner {
        return None;
    }
    let own = case.gated(own, 0).filter(|heat| heat.share >= MIN_SHARE)?;
    // Who calls it packs arguments, which goes away with it; one call remains.
    let heat = case.gated(own.samples + calling(case, wrapper), 0)?;
    let name = &def.name;
    let mut named: Vec<String> =
        wrapped.iter().take(MAX_NAMED).map(|callee| format!("`{}`", callee.name())).collect();
    named.dedup();
    let gain = case.gain(&own, Some(1), 1)?;
    let inner = Heat::of(inner, 0, case.busy_samples);
    Some(Finding {
        range: tree.range(*calls.first()?),
        title: format!("`{name}` of the decorator `{decorator}` takes longer than what it wraps"),
        because: vec![
            format!(
                "{:.0} % of the run is spent in `{name}` itself, {:.0} % in {}.",
                own.share * 100.0,
                inner.share * 100.0,
                listed(&named)
            ),
            format!(
                "Decorate what calls such a small function many times in place of the function, or \
                 let `{decorator}` give the function back as it is while nobody wants what it adds."
            ),
        ],
        heat,
        evidence: vec![Evidence::Callee { function: wrapped.first()?.name(), share: inner.share }],
        worth: Worth::Time(gain.up_to_all(&heat)),
        fix: None,
    })
}

/// Whether every call of the wrapper calls the function: one that remembers what came out saves
/// more than it takes. A generator is left alone, since its time is not that of one call.
fn always_calls(tree: &Tree<'_>, wrapper: Id, calls: &[Id]) -> bool {
    let within = |id: &Id| tree.contains(wrapper, *id) && tree.function(*id) == wrapper;
    let certain = |call: Id| {
        tree.ancestors(call).take_while(|&around| around != wrapper).all(|around| {
            !matches!(
                tree[around],
                AnyNodeRef::StmtIf(_)
                    | AnyNodeRef::ExprIf(_)
                    | AnyNodeRef::ExprBoolOp(_)
                    | AnyNodeRef::StmtMatch(_)
                    | AnyNodeRef::ExceptHandlerExceptHandler(_)
            )
        })
    };
    let Some(&first) = calls.iter().find(|&&call| certain(call)) else { return false };
    tree.subtree(wrapper).filter(within).all(|id| match tree[id] {
        AnyNodeRef::StmtReturn(_) => {
            id > first || calls.iter().any(|&call| tree.contains(id, call))
        }
        AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) => false,
        _ => true,
    })
}

/// Samples of the making of calls of a function, where the file calls it.
fn calling(case: &Case<'_>, function: Id) -> u64 {
    let AnyNodeRef::StmtFunctionDef(def) = case.tree[function] else { return 0 };
    let code = case.tree.code(case.tree.id_of(&def.body[0]), case.python);
    let is_it = |callee: &Callee| {
        let module_and_function = (callee.module.as_str(), callee.function.as_str());
        callee.direct_samples > 0 && module_and_function == ("", code.name.as_str())
    };
    let told = case.hotspots.iter().filter(|spot| spot.place.columns.is_some());
    told.filter(|spot| spot.callees.iter().any(is_it)).map(|spot| spot.self_samples).sum()
}

/// What a call itself calls.
fn direct(case: &Case<'_>, call: Id) -> Vec<Callee> {
    let mut callees = case.callees_on(&[case.tree.range(call)]);
    callees.retain(|callee| callee.direct_samples > 0);
    callees
}
