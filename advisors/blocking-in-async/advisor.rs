//! A call that waits or sleeps in an event loop's thread, while no other task can go on.

mod kind;

use ruff_python_ast::{AnyNodeRef, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::words::{code, duration};
use crate::{Advisor, Case, Edit, Finding, Fix, Gain, InEventLoop, Safety, Worth, rewrite};
use kind::Kind;

/// Share of the run that must be waited there.
const MIN_SHARE: f64 = 0.03;

/// How long one callback must have been seen to wait, in seconds.
const MIN_STALL: f64 = 0.01;

/// Of the time waited, what may be in other functions of the program, or a wait for the
/// interpreter's lock, which is no fault of the call.
const OTHERWISE: f64 = 0.2;

/// Tasks of the pair.
const TASKS: u64 = 8;

pub(crate) struct BlockingInAsync;

impl Advisor for BlockingInAsync {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let Some(tasks) = case.others_wait() else { return Vec::new() };
        let calls = case.tree.all_calls();
        calls.filter_map(|(id, call)| finding(case, id, call, tasks)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall, tasks: u64) -> Option<Finding> {
    let kept = case.in_event_loop(call.range());
    if kept.longest < MIN_STALL || kept.idle <= kept.busy {
        return None;
    }
    let waiting = case.waiting(call.range()).map_or(0, |heat| heat.samples);
    let otherwise = case.handed_on(call.range()).1.max(waiting);
    let heat = case.gated(kept.idle, 0).filter(|heat| heat.share >= MIN_SHARE)?;
    if otherwise as f64 > OTHERWISE * kept.idle as f64 || drives_a_loop(case, call) {
        return None;
    }
    let kind = Kind::of(case, call);
    let text = code(case.source, call.func.range());
    let gain = case.gain(&heat, Some(tasks), TASKS)?;
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{text}` waits in the event loop, for up to {} at a time",
            duration(kept.longest)
        ),
        because: vec![
            format!(
                "{} {}: while the call waits, no other task can go on, and nothing is read from any \
                 connection.",
                whose(case.tree, id, &kept),
                if kept.stalls == 1 { "was seen to be kept" } else { "was kept again and again" },
            ),
            kind.advice(case.tree, id, call, &text),
        ],
        heat,
        evidence: vec![kept.evidence(case)],
        // How much of it other tasks would have used is not known.
        worth: Worth::Time(Gain { saved_low: 0.0, ..gain }),
        fix: kind.is_sleep().then(|| sleep(case, id, call)).flatten(),
    })
}

/// Whether an event loop runs below the call, as some programs nest them: it waits as it should.
fn drives_a_loop(case: &Case<'_>, call: &ExprCall) -> bool {
    let spots = case.hotspots_on(&[call.range()]);
    let mut callees = spots.iter().flat_map(|spot| &spot.callees);
    callees.any(|callee| callee.is_one_of(&["asyncio.base_events:", "asyncio.runners:"]))
}

/// Whose step was kept, as the start of a sentence.
fn whose(tree: &Tree<'_>, id: Id, kept: &InEventLoop) -> String {
    let here = match tree[tree.function(id)] {
        AnyNodeRef::StmtFunctionDef(def) if def.is_async => Some(def.name.as_str()),
        _ => None,
    };
    match (here, kept.coroutine.as_str()) {
        (Some(name), _) => format!("The coroutine `{name}`"),
        (None, "") => "A callback of the loop".to_owned(),
        (None, coroutine) => format!("A function that the coroutine `{coroutine}` calls"),
    }
}

/// `await asyncio.sleep(...)`, right in a coroutine that has `asyncio` by that name.
fn sleep(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Fix> {
    let tree = case.tree;
    let is_coroutine = matches!(tree[tree.parent(id)?], AnyNodeRef::StmtExpr(_))
        && matches!(tree[tree.function(id)], AnyNodeRef::StmtFunctionDef(def) if def.is_async);
    let has_asyncio = rewrite::import(case.source, "import asyncio").is_none();
    let text = format!("await asyncio.sleep{}", case.source.slice(call.arguments.range()));
    let edits = vec![Edit { range: call.range(), text }];
    let note = "other tasks run meanwhile: what this coroutine has read before may have changed";
    (is_coroutine && has_asyncio && !call.arguments.is_empty()).then(|| Fix {
        safety: Safety::Unsafe,
        note: Some(note.to_owned()),
        edits,
    })
}
