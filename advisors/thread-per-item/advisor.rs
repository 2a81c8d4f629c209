//! A thread that is started for each of many short tasks.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::Id;
use crate::words::{code, thousands};
use crate::{Activity, Advisor, Callee, Case, Finding, Heat, Worth};

/// Share of the run that starting threads must take.
const MIN_SHARE: f64 = 0.2;

/// Seconds that the start of a thread takes at the most; it is a tenth where the machine is not loaded.
const START: f64 = 0.001;

/// Threads that must have been started for each one that there was at a time: what is started once,
/// as a pool's workers, does not come again.
const MIN_RETURNS: f64 = 4.0;

/// And that many more, since a few say nothing.
const MIN_THREADS: f64 = 20.0;

/// Tasks of the pair; more make no difference.
const TASKS: u64 = 1_000;

pub(crate) struct ThreadPerItem;

impl Advisor for ThreadPerItem {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let Some(activity) = case.activity else { return Vec::new() };
        let calls = case.tree.all_calls().filter(|(_, call)| is_start(call));
        calls.filter_map(|(id, call)| finding(case, activity, id, call)).collect()
    }
}

/// Whether many more threads were started than there were at a time, by those that were seen or by the
/// time that their start took.
fn they_come_and_go(activity: &Activity, heat: &Heat) -> bool {
    let reckoned = heat.share_low * activity.seconds / START;
    f64::from(activity.thread_ids).max(reckoned) >= MIN_THREADS + MIN_RETURNS * activity.threads
}

/// Whether a call may start a thread: what was below it tells for certain.
fn is_start(call: &ExprCall) -> bool {
    let arguments = &call.arguments;
    matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "start")
        && arguments.args.is_empty()
        && arguments.keywords.is_empty()
}

fn finding(case: &Case<'_>, activity: &Activity, id: Id, call: &ExprCall) -> Option<Finding> {
    case.tree.loop_around(id)?;
    let (heat, started) = spent_starting(case, call)?;
    if heat.share < MIN_SHARE || !they_come_and_go(activity, &heat) {
        return None;
    }
    let gain = case.gain(&heat, Some(TASKS), TASKS)?;
    let threads = thousands(u64::from(activity.thread_ids));
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{}` starts a thread for each task: {:.0} % of the run",
            code(case.source, call.range()),
            (heat.share * 100.0).round()
        ),
        because: vec![
            format!(
                "{:.1} threads ran at a time; starting them took {:.1} s, and {threads} of them were \
                 seen, since most come and go between two looks.",
                activity.threads,
                heat.share * activity.seconds,
            ),
            "The system makes a thread with a stack of its own, and whoever starts it waits until it \
             runs. Threads of a pool are started once and take one task after another."
                .to_owned(),
            "Make one `concurrent.futures.ThreadPoolExecutor` with a few workers before the loop, and \
             give it the tasks: `pool.map(function, items)`, or `pool.submit(function, item)`."
                .to_owned(),
        ],
        heat,
        evidence: vec![started.evidence(&heat)],
        worth: Worth::Time(gain),
        fix: None,
    })
}

/// The share of the run in `Thread.start`, computing and waiting for a new thread that does not run yet.
fn spent_starting(case: &Case<'_>, call: &ExprCall) -> Option<(Heat, Callee)> {
    let callees = case.callees(call.range()).into_iter();
    let started = callees.filter(|it| it.is_one_of(&["threading:Thread.start", "threading:start"]));
    let started = started.max_by_key(|it| it.samples + it.idle_samples)?;
    let heat = case.of_starting(started.samples, started.idle_samples)?;
    Some((heat, started))
}
