//! A task for every one of very many items, all at once.

use ruff_python_ast::{AnyNodeRef, Expr, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::words::{code, thousands};
use crate::{Advisor, Bytes, Case, Evidence, Finding, Operand, Sight, Worth};

/// Tasks at once from which on they are very many.
const MANY: u64 = 5_000;

/// Resident memory for a task that waits in one coroutine, in bytes: 1,070 to 1,660 with 20,000 of
/// them, on CPython 3.11 to 3.15.
const TASK: u64 = 1_400;
/// At the least; and for one with a stack of coroutines and what they hold.
const TASK_AT_LEAST: u64 = 1_000;
const TASK_AT_MOST: u64 = 5_000;

/// Workers that are enough to keep a service busy, whose tasks remain.
const WORKERS: u64 = 100;

const SEMAPHORES: &[&str] = &["asyncio.Semaphore", "asyncio.BoundedSemaphore"];

pub(crate) struct UnboundedGather;

impl Advisor for UnboundedGather {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let all = case.activity.and_then(|activity| activity.tasks);
        if all.is_none_or(|all| all < MANY) {
            return Vec::new();
        }
        case.tree.ids().filter_map(|id| finding(case, id)).collect()
    }
}

/// What is to be said of the coroutine function that a node is.
fn finding(case: &Case<'_>, function: Id) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::StmtFunctionDef(def @ StmtFunctionDef { is_async: true, .. }) = tree[function]
    else {
        return None;
    };
    let tasks = Some(case.tasks_in(function)).filter(|&tasks| tasks >= MANY)?;
    let [call] = tree.callers(function)[..] else { return None };
    let repeated = *tree.loops(call).first()?;
    let over = tree.iterable(repeated).filter(|_| starts_all(tree, repeated))?;
    let items = items(case, call, over)?;
    let heat = case.heat(def.range()).or_else(|| case.heat(tree.range(call)))?;
    let (name, over) = (def.name.as_str(), code(case.source, over.range()));
    let held_back = match tree.all_calls().any(|(_, call)| tree.calls_one_of(call, SEMAPHORES)) {
        true => {
            " A semaphore holds their work back, not the tasks, which are there from the start."
        }
        false => "",
    };
    let count =
        Evidence::Fact(format!("at least {} asyncio tasks in `{name}` at once", thousands(tasks)));
    let spared = tasks - WORKERS;
    Some(Finding {
        range: tree.range(call),
        title: format!(
            "`{name}` runs in at least {} tasks at once, one for every item",
            thousands(tasks)
        ),
        because: vec![
            format!(
                "Every item of `{over}` has its task from the start, with its coroutine's frame, what \
                 it holds, and most often a connection or a timer.{held_back}"
            ),
            format!(
                "Let some workers take the items from one iterator: `async def worker(items): for \
                 item in items: await {name}(item)`, then `items = iter({over})` and `await \
                 asyncio.gather(*[worker(items) for _ in range({WORKERS})])`. That also bounds how \
                 much is asked of the other side at once."
            ),
        ],
        heat,
        evidence: items.map(Evidence::Operand).into_iter().chain([count]).collect(),
        worth: Worth::Memory(Bytes {
            value: spared * TASK,
            low: spared * TASK_AT_LEAST,
            high: Some(spared * TASK_AT_MOST),
        }),
        fix: None,
    })
}

/// Whether a loop goes through all its items without waiting for any.
fn starts_all(tree: &Tree<'_>, repeated: Id) -> bool {
    let waits = |id: Id| match tree[id] {
        AnyNodeRef::ExprAwait(_) => true,
        AnyNodeRef::StmtFor(statement) => statement.is_async,
        AnyNodeRef::Comprehension(clause) => clause.is_async,
        AnyNodeRef::StmtWith(statement) => statement.is_async,
        _ => false,
    };
    !tree.subtree(tree.loop_extent(repeated)).any(waits)
}

/// What was seen of the items, when there are many; `None` when they cannot be what makes the tasks.
/// Where nobody looked at them, the one task that goes through them makes all the others.
fn items(case: &Case<'_>, call: Id, over: &Expr) -> Option<Option<Operand>> {
    let tree = case.tree;
    let function = tree.function(call);
    let text = code(case.source, over.range());
    match case.sight(tree.range(tree.statement(call)?), &text) {
        Sight::Mixed => None,
        Sight::Unseen => (case.tasks_in(function) <= 1).then_some(None),
        Sight::Seen(items) => match items.lengths {
            Some(lengths) => (lengths.max >= MANY).then_some(Some(items)),
            None => (case.tasks_in(function) <= 1).then_some(None),
        },
    }
}
