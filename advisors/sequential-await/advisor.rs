//! Awaits that wait for one answer after the other while the event loop has nothing else to do.

use ruff_python_ast::{AnyNodeRef, Expr, ExprAwait, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, Tree, Variable, called_name};
use crate::words::{code, line, thousands};
use crate::{Advisor, Case, Evidence, Finding, Gain, Worth};

/// Part of the looks at the loop that must have found it idle and a task waiting here.
const MIN_PART: f64 = 0.3;

/// Looks below which a part says nothing.
const MIN_LOOKS: u64 = 20;

/// Tasks at once at the most: this one, and what runs it or helps it.
const FEW_TASKS: u64 = 3;

/// Items of the pair; more make no difference.
const ITEMS: u64 = 50;

/// Items that must be there for several to be under way.
const MIN_ITEMS: u64 = 4;

pub(crate) struct SequentialAwait;

impl Advisor for SequentialAwait {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let Some(activity) = case.activity else { return Vec::new() };
        let is_alone = activity.tasks.is_some_and(|tasks| tasks <= FEW_TASKS);
        if !is_alone || activity.task_looks < MIN_LOOKS {
            return Vec::new();
        }
        let awaits = case.tree.ids().filter_map(|id| match case.tree[id] {
            AnyNodeRef::ExprAwait(it) => Some((id, it)),
            _ => None,
        });
        awaits.filter_map(|(id, it)| finding(case, id, it)).collect()
    }
}

fn finding<'a>(case: &Case<'a>, id: Id, awaits: &'a ExprAwait) -> Option<Finding> {
    let tree = case.tree;
    let part = case.awaited(awaits.range());
    let Expr::Call(call) = &*awaits.value else { return None };
    let repeated = *tree.loops(id).first().filter(|_| part >= MIN_PART)?;
    let over = tree.iterable(repeated).filter(|_| !tree.takes_few_turns(repeated))?;
    let extent = tree.loop_extent(repeated);
    let fits = asks(tree, call)
        && does_nothing_else(tree, extent, id)
        && is_independent(tree, repeated, call);
    let items = case.operand(tree.range(extent), case.source.slice(over.range()));
    let count = items.as_ref().and_then(|items| items.lengths).map(|lengths| lengths.median);
    if !fits || count.is_some_and(|count| count < MIN_ITEMS) {
        return None;
    }
    let heat = case.gated((part * case.busy_samples as f64).round() as u64, 0)?;
    let gain = case.gain(&heat, Some(count.unwrap_or(ITEMS)), ITEMS)?;
    let (asked, over) = (code(case.source, call.range()), code(case.source, over.range()));
    let target = tree.loop_target(repeated).map_or("item", |it| case.source.slice(it.range()));
    let seen = format!(
        "{:.0} % of {} looks found the event loop idle and this awaited",
        part * 100.0,
        thousands(case.activity?.task_looks)
    );
    Some(Finding {
        range: awaits.range(),
        title: format!(
            "`{}` waits for one after the other, {:.0} % of the run",
            code(case.source, awaits.range()),
            part * 100.0
        ),
        because: vec![
            format!(
                "As far as the loop on {} shows, no turn asks for what another has got: several could be \
                 under way while one waits, and no other task had anything to do.",
                line(case.source, tree.range(repeated))
            ),
            format!(
                "Write `await asyncio.gather(*[{asked} for {target} in {over}])`, which gives the results \
                 in order, with an `asyncio.Semaphore(10)` around the request inside, so that not all \
                 are made at once. What shares one connection that does one thing at a time, or must \
                 happen in order, stays as it is."
            ),
        ],
        heat,
        evidence: vec![Evidence::Fact(seen)],
        // How many at once the other side can bear is not known.
        worth: Worth::Time(Gain { saved_low: 0.0, ..gain }),
        fix: None,
    })
}

/// Methods by which clients ask for something that one request does not change for the next.
const ASKING: &[&str] =
    &["download", "fetch", "get", "head", "load", "lookup", "request", "resolve"];

/// Names of coroutines whose order matters, or which wait on purpose.
const IN_ORDER: &[&str] = &[
    "ack", "acquire", "anext", "append", "close", "commit", "drain", "execute", "publish", "put",
    "read", "recv", "reply", "save", "send", "sleep", "store", "throttle", "wait", "write",
];

/// Whether a call asks for something: a function or method of the file, or a client's.
fn asks(tree: &Tree<'_>, call: &ExprCall) -> bool {
    let Some(name) = called_name(call) else { return false };
    let lower = name.to_ascii_lowercase();
    let in_order = lower.split('_').any(|word| IN_ORDER.contains(&word));
    let is_own = tree.function_named(&call.func).is_some_and(|function| {
        matches!(tree[function], AnyNodeRef::StmtFunctionDef(def) if def.is_async)
            && !waits_in_order(tree, function)
            && !changes_what_it_is_given(tree, function)
    });
    !in_order && (is_own || ASKING.contains(&name))
}

/// Whether a coroutine itself does what must happen in order, or takes a lock.
fn waits_in_order(tree: &Tree<'_>, function: Id) -> bool {
    tree.subtree(function).any(|id| match tree[id] {
        AnyNodeRef::ExprAwait(it) => match &*it.value {
            Expr::Call(call) => called_name(call).is_some_and(|name| {
                let is_sleep = tree.calls_one_of(call, &["asyncio.sleep"]);
                !is_sleep && name.split('_').any(|word| IN_ORDER.contains(&word))
            }),
            _ => false,
        },
        AnyNodeRef::StmtWith(statement) if statement.is_async => statement
            .items
            .iter()
            .any(|item| item.context_expr.is_name_expr() || item.context_expr.is_attribute_expr()),
        AnyNodeRef::StmtNonlocal(_) | AnyNodeRef::StmtGlobal(_) => true,
        _ => false,
    })
}

/// Whether a coroutine changes an object that it is given, its own among them, for the next call to find.
fn changes_what_it_is_given<'a>(tree: &Tree<'a>, function: Id) -> bool {
    let is_given = |variable: Variable<'a>| {
        let mut bindings = tree.bindings(variable).iter();
        !tree.contains(function, tree.scope_node(variable.scope))
            || bindings.all(|binding| binding.kind == BindingKind::Parameter)
    };
    tree.subtree(function).any(|id| {
        let (root, changed) = match tree[id] {
            AnyNodeRef::ExprAttribute(it) => {
                let changed = !it.ctx.is_load() || tree.use_of(id).changed().is_some();
                (tree.root(&it.value), changed)
            }
            AnyNodeRef::ExprName(_) => (tree.variable(id), tree.use_of(id).changed().is_some()),
            _ => (None, false),
        };
        changed && root.is_some_and(is_given)
    })
}

/// Whether a loop goes through all its items and waits for nothing else.
fn does_nothing_else(tree: &Tree<'_>, extent: Id, own: Id) -> bool {
    !tree.subtree(extent).any(|id| match tree[id] {
        AnyNodeRef::ExprAwait(_) => id != own,
        AnyNodeRef::StmtFor(it) => it.is_async,
        AnyNodeRef::Comprehension(it) => it.is_async,
        AnyNodeRef::StmtWith(it) => it.is_async,
        AnyNodeRef::StmtBreak(_)
        | AnyNodeRef::StmtReturn(_)
        | AnyNodeRef::StmtRaise(_)
        | AnyNodeRef::StmtTry(_)
        | AnyNodeRef::ExprYield(_)
        | AnyNodeRef::ExprYieldFrom(_) => true,
        _ => false,
    })
}

/// Whether what is asked for is another on every turn, and nothing that an earlier turn has made.
fn is_independent<'a>(tree: &Tree<'a>, repeated: Id, call: &'a ExprCall) -> bool {
    let extent = tree.loop_extent(repeated);
    let call = tree.id_of(call);
    let names = tree.subtree(call).filter_map(|id| tree.variable(id));
    let (mut varies, mut depends) = (false, false);
    for variable in names {
        let bound = tree.bindings(variable).iter().filter(|it| tree.contains(extent, it.node));
        let kinds: Vec<BindingKind> = bound.map(|it| it.kind).collect();
        match &kinds[..] {
            [] => {
                let changes = tree.changes(variable, extent);
                depends |= changes.iter().any(|&id| !tree.contains(call, id));
            }
            kinds if kinds.iter().all(|&kind| kind == BindingKind::Target) => varies = true,
            _ => depends = true,
        }
    }
    varies && !depends
}
