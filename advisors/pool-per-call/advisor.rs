//! A pool that is made for every call, when one could serve all.

use ruff_python_ast::{Expr, ExprCall, Number};
use ruff_text_size::Ranged;

use crate::shape::{Id, PoolKind};
use crate::words::{code, line, thousands};
use crate::{Advisor, Case, Evidence, Finding, Heat, Pool, Worth};

/// Share of the run that starting workers must take.
const MIN_SHARE: f64 = 0.08;

/// Workers that must have been started for each one that a pool has: those of one do not come again.
const MIN_RETURNS: u64 = 4;

/// And so many at the least, since a few say nothing.
const MIN_STARTED: u64 = 12;

/// Seconds that the program takes to start a process or a thread, at the most; it is a tenth where the
/// machine is not loaded.
const PROCESS: f64 = 0.025;
const THREAD: f64 = 0.001;

/// Pools of the pair; more make no difference.
const POOLS: u64 = 20;

const THREADS: &[&str] = &["threading:Thread.start", "threading:start"];
const PROCESSES: &[&str] =
    &["multiprocessing.process:BaseProcess.start", "multiprocessing.process:start"];

pub(crate) struct PoolPerCall;

impl Advisor for PoolPerCall {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let made = case
            .tree
            .all_calls()
            .filter_map(|(id, call)| Some((id, call, case.tree.pool_kind(call)?)));
        made.filter_map(|(id, call, kind)| finding(case, id, call, kind)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall, kind: PoolKind) -> Option<Finding> {
    let repeated = case.tree.loop_around(id)?;
    let heat = spent_starting(case, id, kind).filter(|heat| heat.share >= MIN_SHARE)?;
    let started = started(case, call, kind, &heat)?;
    let worth = Worth::Time(case.gain(&heat, Some(POOLS), POOLS)?);
    let workers = if kind.has_processes() { "processes" } else { "threads" };
    let percent = (heat.share * 100.0).round();
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{}` starts {workers} again and again, {percent:.0} % of the run",
            code(case.source, call.range())
        ),
        because: vec![
            format!(
                "{} A pool is made to be used again: its workers wait for the next task, while each \
                 new one is made, set up, asked to end and waited for.",
                started.sentence(workers)
            ),
            format!(
                "Make it once, before the loop on {}, and hand it to what needs it, or keep it in the \
                 object that uses it; `with` around the whole closes it at the end.",
                line(case.source, case.tree.range(repeated))
            ),
        ],
        heat,
        evidence: vec![Evidence::Fact(match started {
            Started::Seen(seen) => format!("at least {} {workers} in all", thousands(seen)),
            Started::Reckoned => format!("{percent:.0} % of the run starting {workers}"),
        })],
        worth,
        fix: None,
    })
}

/// What tells that many more workers were started than one pool has.
#[derive(Clone, Copy)]
enum Started {
    /// So many were seen.
    Seen(u64),
    /// The time that their start took, as many come and go between two looks. Their number it does not
    /// tell: the busier the machine, the longer each takes.
    Reckoned,
}

impl Started {
    fn sentence(self, workers: &str) -> String {
        match self {
            Self::Seen(seen) => {
                format!("At least {} {workers} were started in all.", thousands(seen))
            }
            Self::Reckoned => format!(
                "Starting {workers} took so long that there were many of them; they come and go \
                 between two looks and were not counted."
            ),
        }
    }
}

/// What tells that many more workers were started than one pool has, when they were.
fn started(case: &Case<'_>, call: &ExprCall, kind: PoolKind, heat: &Heat) -> Option<Started> {
    let activity = case.activity;
    let (seen, start) = match kind.has_processes() {
        true => (case.pool.map(|pool| (pool.started, pool.workers)), PROCESS),
        false => (activity.map(|it| (it.thread_ids, it.threads.ceil() as u32)), THREAD),
    };
    let (seen, at_once) =
        seen.map_or((0, 0), |(seen, at_once)| (u64::from(seen), u64::from(at_once)));
    let cpus = activity.map_or(1, |it| it.cpus).max(1);
    let size = size(call, kind).unwrap_or(u64::from(cpus)).max(at_once);
    let reckoned = activity.map_or(0.0, |it| heat.share_low * it.seconds / start) as u64;
    let many = MIN_STARTED.max(MIN_RETURNS * size);
    match (seen >= many, reckoned >= many) {
        (true, _) => Some(Started::Seen(seen)),
        (false, true) => Some(Started::Reckoned),
        (false, false) => None,
    }
}

/// Workers of a pool, where their number is written.
fn size(call: &ExprCall, kind: PoolKind) -> Option<u64> {
    let given = call.arguments.find_argument_value(kind.size_keyword(), 0)?;
    let Expr::NumberLiteral(literal) = given else { return None };
    let Number::Int(int) = &literal.value else { return None };
    int.as_u64()
}

/// The share of the run that the start of workers takes: in the function that makes the pool,
/// computing and waiting, or in all processes.
fn spent_starting(case: &Case<'_>, id: Id, kind: PoolKind) -> Option<Heat> {
    let function = case.tree.range(case.tree.function(id));
    let names = if kind.has_processes() { PROCESSES } else { THREADS };
    let callees = case.callees(function).into_iter().filter(|it| it.is_one_of(names));
    let here = callees.max_by_key(|it| it.samples + it.idle_samples);
    let here = here.and_then(|it| case.of_starting(it.samples, it.idle_samples));
    let all = case
        .pool
        .filter(|_| kind.has_processes())
        .and_then(|Pool { exchange, .. }| case.heat_of_exchange(exchange, exchange.starting));
    [here, all].into_iter().flatten().max_by(|a, b| a.share.total_cmp(&b.share))
}
