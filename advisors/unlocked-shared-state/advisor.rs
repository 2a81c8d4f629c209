//! Values that threads read, change and write back without a lock.

mod shared;

use std::collections::BTreeSet;

use ruff_python_ast::{AnyNodeRef, Expr, StmtExpr};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, ThreadStart, Tree, call_of, called_name};
use crate::words::code;
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Threads that must have been seen at the statement at the same time.
const MIN_THREADS: u32 = 2;

pub(crate) struct UnlockedSharedState;

impl Advisor for UnlockedSharedState {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let starts = case.tree.thread_starts();
        let mut told = BTreeSet::new();
        let updates = starts.iter().flat_map(|start| updates(case.tree, start));
        let findings =
            updates.filter_map(|update| Some((update.statement, finding(case, &update)?)));
        findings.filter(|(id, _)| told.insert(*id)).map(|(_, finding)| finding).collect()
    }
}

/// A statement that reads a value and writes it back.
struct Update<'a> {
    statement: Id,
    target: &'a Expr,
    /// What reads, where that is not the statement itself.
    read: Option<Id>,
    /// Calls that are made after the reading and before the writing, in source order.
    between: Vec<Id>,
}

/// The updates in the function that threads run of what they share, where nothing is seen of a lock.
fn updates<'a>(tree: &Tree<'a>, start: &ThreadStart<'a>) -> Vec<Update<'a>> {
    let worker = start.worker;
    let AnyNodeRef::StmtFunctionDef(def) = tree[worker] else { return Vec::new() };
    if def.is_async || !def.decorator_list.is_empty() || may_lock(tree, worker) {
        return Vec::new();
    }
    let own = tree.subtree(worker).filter(|&id| id != worker && tree.function(id) == worker);
    let outside_of_with = own.filter(|&id| {
        let around = tree.ancestors(id).take_while(|&it| it != worker);
        !around.into_iter().any(|it| tree[it].is_stmt_with())
    });
    let updates = outside_of_with.filter_map(|id| update(tree, id));
    let by_get = |it: &Update<'_>| it.read.is_some_and(|read| tree[read].is_expr_call());
    updates.filter(|it| shared::is_shared(tree, start, it.target, by_get(it))).collect()
}

/// Methods that keep others out, let them in, or hand on what only one may have.
const LOCKING: &[&str] = &[
    "__enter__",
    "acquire",
    "enter_context",
    "lock",
    "notify",
    "notify_all",
    "put",
    "put_nowait",
    "release",
    "unlock",
    "wait",
];

/// Whether a function may hold a lock by other means than `with`: by one of those methods, or by a call
/// that has nothing to say but that it is made; and whether it stops on the way.
fn may_lock(tree: &Tree<'_>, worker: Id) -> bool {
    let bare = |statement: &StmtExpr| matches!(&*statement.value, Expr::Call(call) if call.arguments.is_empty());
    tree.subtree(worker).any(|id| match tree[id] {
        AnyNodeRef::ExprCall(call) => called_name(call).is_some_and(|it| LOCKING.contains(&it)),
        AnyNodeRef::StmtExpr(statement) => bare(statement),
        node => node.is_expr_yield() || node.is_expr_yield_from(),
    })
}

fn update<'a>(tree: &Tree<'a>, statement: Id) -> Option<Update<'a>> {
    // What a lambda calls is called later.
    let worker = tree.function(statement);
    let is_call = |id: &Id| tree[*id].is_expr_call() && tree.function(*id) == worker;
    let calls_in =
        |value: &Expr| tree.subtree(tree.id_of(value)).filter(is_call).collect::<Vec<Id>>();
    match tree[statement] {
        AnyNodeRef::StmtAugAssign(it) => {
            let between = calls_in(&it.value);
            Some(Update { statement, target: &it.target, read: None, between })
        }
        AnyNodeRef::StmtAssign(it) => {
            let [target] = &*it.targets else { return None };
            let read = first_reading(tree, target, &it.value)?;
            // A call is made once its arguments are there.
            let after = |id: &Id| tree.range(*id).end() > tree.range(read).end();
            let between = calls_in(&it.value).into_iter().filter(after).collect();
            Some(Update { statement, target, read: Some(read), between })
        }
        _ => None,
    }
}

/// The first node of a value that reads what `target` writes. `None` also where the order in which the
/// value is made is not that of its text.
fn first_reading(tree: &Tree<'_>, target: &Expr, value: &Expr) -> Option<Id> {
    let nodes = || tree.subtree(tree.id_of(value));
    let turns_about = |id: Id| {
        matches!(
            tree[id],
            AnyNodeRef::ExprIf(_)
                | AnyNodeRef::ExprLambda(_)
                | AnyNodeRef::ExprListComp(_)
                | AnyNodeRef::ExprSetComp(_)
                | AnyNodeRef::ExprDictComp(_)
                | AnyNodeRef::ExprGenerator(_)
        )
    };
    if nodes().any(turns_about) {
        return None;
    }
    let text = tree.source().slice(target.range());
    nodes()
        .find(|&id| tree[id].is_expression() && (tree.text(id) == text || gets(tree, id, target)))
}

/// Whether a node is `counts.get("rows", 0)`, and the target `counts["rows"]`.
fn gets(tree: &Tree<'_>, id: Id, target: &Expr) -> bool {
    let (Some(call), Expr::Subscript(item)) = (call_of(tree, id), target) else { return false };
    let Expr::Attribute(method) = &*call.func else { return false };
    let text = |expr: &Expr| tree.source().slice(expr.range());
    method.attr.as_str() == "get"
        && text(&method.value) == text(&item.value)
        && call.arguments.args.first().is_some_and(|key| text(key) == text(&item.slice))
}

/// What an update adds, where that can be made before the value is read.
fn added(tree: &Tree<'_>, update: &Update<'_>) -> Option<TextRange> {
    match tree[update.statement] {
        AnyNodeRef::StmtAugAssign(it) => Some(it.value.range()),
        AnyNodeRef::StmtAssign(it) => match &*it.value {
            Expr::BinOp(sum) if Some(tree.id_of(&*sum.left)) == update.read => {
                Some(sum.right.range())
            }
            _ => None,
        },
        _ => None,
    }
}

fn finding(case: &Case<'_>, update: &Update<'_>) -> Option<Finding> {
    let tree = case.tree;
    let range = tree.range(update.statement);
    let heat = case.heat(range).filter(|heat| heat.columns)?;
    let spots = case.hotspots_within(range);
    let threads = spots.iter().map(|spot| spot.threads).max().filter(|&it| it >= MIN_THREADS)?;
    // A function of Python's own begins with a look at who else wants to run; C functions may not.
    let runs_python = |id: &&Id| !case.callees_on(&[tree.range(**id)]).is_empty();
    let called = update.between.iter().find(runs_python).copied();
    let getter = update.read.filter(|&read| tree[read].is_expr_call());
    let turn = called.or(getter)?;
    let text = |range| code(case.source, range);
    let (target, call) = (text(update.target.range()), text(tree.range(turn)));
    let why = match called {
        Some(_) => format!(
            "`{target}` is read before `{call}` runs, and written after it. Meanwhile the interpreter \
             turns to other threads, and what they write to it is overwritten."
        ),
        None => format!(
            "`{call}` reads, and the statement writes. Between the two the interpreter may turn to \
             another thread, and what that one writes is overwritten."
        ),
    };
    let locked = match added(tree, update) {
        Some(added) if called.is_some() => format!(
            "first make a local variable of `{}`, and then update `{target}` with it within `with LOCK:`",
            text(added)
        ),
        _ => "put the statement within `with LOCK:`".to_owned(),
    };
    let remedy = format!(
        "Let each thread keep a value of its own, and put these together at the end; or {locked}, where \
         `LOCK` is one `threading.Lock()` for all threads."
    );
    Some(Finding {
        range,
        title: format!("`{}` loses what other threads write meanwhile", text(range)),
        because: vec![why, remedy],
        heat,
        evidence: vec![Evidence::Fact(format!("{threads} threads there at the same time"))],
        worth: Worth::Correctness,
        fix: None,
    })
}
