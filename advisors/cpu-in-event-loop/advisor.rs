//! A coroutine that computes for long without giving the event loop back.

use ruff_python_ast::{AnyNodeRef, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::Id;
use crate::words::{code, duration};
use crate::{Advisor, Case, Finding, Worth};

/// Share of the run that must be computed there.
const MIN_SHARE: f64 = 0.05;

/// How long callbacks must have computed, in seconds: what a user or a peer notices. Time in which
/// others had the processor does not count: the program's next run may have it to itself.
const MIN_STALL: f64 = 0.05;

/// Of the time there, what may be waiting.
const WAITING: f64 = 0.2;

pub(crate) struct CpuInEventLoop;

impl Advisor for CpuInEventLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if !case.others_wait_for_work() {
            return Vec::new();
        }
        let calls = case.tree.all_calls();
        calls.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    // Right in a coroutine, and not awaited: from here on nothing can give the loop back.
    let AnyNodeRef::StmtFunctionDef(coroutine) = tree[tree.function(id)] else { return None };
    if !coroutine.is_async || matches!(tree[tree.parent(id)?], AnyNodeRef::ExprAwait(_)) {
        return None;
    }
    let kept = case.in_event_loop(call.range());
    if kept.computed < MIN_STALL || kept.idle as f64 > WAITING * kept.busy as f64 {
        return None;
    }
    let heat = case.gated(kept.busy, 0).filter(|heat| heat.share >= MIN_SHARE)?;
    let text = code(case.source, call.func.range());
    let computed = duration(kept.computed);
    Some(Finding {
        range: call.range(),
        title: format!("`{text}` computes in the event loop, in steps of up to {computed}"),
        because: vec![
            format!(
                "While a step of the coroutine `{}` computes, which may be many of these calls, no other \
                 task can go on, nothing is read from any connection, and no timeout fires.",
                coroutine.name,
            ),
            format!(
                "Python code: `await loop.run_in_executor(pool, {text}, ...)` with a \
                 `concurrent.futures.ProcessPoolExecutor` that is kept, if what goes over and comes \
                 back is small, and if it changes nothing: a process changes a copy of its own. C code that lets go of the interpreter's lock (compression, digests, \
                 arrays): `await asyncio.to_thread({text}, ...)`. Or do it in pieces of some \
                 milliseconds with `await asyncio.sleep(0)` between them."
            ),
            "The same work remains to be done: what is won is that the others need not wait for it."
                .to_owned(),
        ],
        heat,
        evidence: vec![kept.evidence(case)],
        worth: Worth::Correctness,
        fix: None,
    })
}
