//! A transaction, or a call of the database's, for every row of a loop that writes.

mod sql;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::queries::Turn;
use crate::shape::{Id, Tree};
use crate::words::{code, line, spent_in};
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Share of the run, computing or waiting, that must be spent on it.
const MIN_SHARE: f64 = 0.03;

/// The pair's sizes: what is done for every row.
const COMMITS: u64 = 1;
const EXECUTES: u64 = 2;

pub(crate) struct CommitPerRow;

impl Advisor for CommitPerRow {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        calls
            .filter_map(|(id, call)| match &*call.func {
                Expr::Attribute(method) => match method.attr.as_str() {
                    "commit" if call.arguments.is_empty() => commit(case, id, call),
                    "execute" => execute(case, id, call),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }
}

/// `connection.commit()` in a loop over rows that are written.
fn commit(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let heat = case.spent_on(call.range()).filter(|heat| heat.share >= MIN_SHARE)?;
    let repeated = tree.loop_around(id).filter(|&it| is_over_rows(tree, it))?;
    let own_loop = tree.loops(id).first().copied();
    let beside = |it: Id| {
        tree.function(it) == tree.function(id) && tree.loops(it).first().copied() == own_loop
    };
    // A commit under a condition, or of many rows at once, is what is advised.
    let writes = tree.all_calls().any(|(it, call)| beside(it) && sql::writes_row(tree, call));
    if !writes || is_conditional(tree, id) {
        return None;
    }
    let at = line(case.source, tree.range(repeated));
    Some(Finding {
        range: call.range(),
        title: format!("`{}` ends a transaction for every row", code(case.source, call.range())),
        because: vec![
            "A commit returns when the rows are safe on the disk, or when a server says so: it is \
             waited for, and costs about as much for one row as for a thousand."
                .to_owned(),
            format!(
                "Commit after the loop on {at}, or every thousand rows, unless each row must be \
                 safe, or seen by others, before the next."
            ),
        ],
        heat,
        evidence: vec![spent_in(case.source, call, &heat)],
        worth: Worth::Time(case.gain(&heat, Some(COMMITS), COMMITS)?),
        fix: None,
    })
}

/// `cursor.execute("INSERT ...", row)` that does nothing but write the rows of a loop.
fn execute(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let heat = case.spent_on(call.range()).filter(|heat| heat.share >= MIN_SHARE)?;
    let ([_, _], []) = (&*call.arguments.args, &*call.arguments.keywords) else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let receiver = code(case.source, method.value.range());
    let repeated = *tree.loops(id).first().filter(|&&it| is_over_rows(tree, it))?;
    let statement = tree.parent(id).filter(|&parent| tree[parent].is_stmt_expr())?;
    let only_writes = tree.parent(statement) == Some(repeated) && sql::writes_row(tree, call);
    if !only_writes
        || uses_result(tree, repeated, &receiver)
        || Turn::of(tree, repeated, id).needs_the_one_before(id)
    {
        return None;
    }
    let known = case.operand(call.range(), &receiver)?;
    if !matches!(known.type_name.as_str(), "Connection" | "Cursor") {
        return None;
    }
    Some(Finding {
        range: call.range(),
        title: format!("`{}` is called for every row", code(case.source, call.range())),
        because: vec![
            "Each call looks the statement up, binds the values and steps through it by itself; \
             `executemany` does that in one call for all rows, and may be given a generator."
                .to_owned(),
            instead(tree, repeated, &receiver),
        ],
        heat,
        evidence: vec![spent_in(case.source, call, &heat), Evidence::Operand(known)],
        worth: Worth::Time(case.gain(&heat, Some(EXECUTES), EXECUTES)?),
        fix: None,
    })
}

/// What to write for a loop that does nothing else, and for one that does.
fn instead(tree: &Tree<'_>, repeated: Id, receiver: &str) -> String {
    let at = line(tree.source(), tree.range(repeated));
    let many = format!("`{receiver}.executemany(statement, rows)`");
    match tree[repeated] {
        AnyNodeRef::StmtFor(statement) if statement.body.len() == 1 => {
            format!("Write {many} in place of the loop on {at}.")
        }
        _ => format!(
            "Collect the rows in the loop on {at}, and write {many} for all of them, or for some \
             thousand at a time."
        ),
    }
}

/// Whether something stands under an `if` of the loop or function that it stands in.
fn is_conditional(tree: &Tree<'_>, id: Id) -> bool {
    let within = |around: &Id| {
        !matches!(
            tree[*around],
            AnyNodeRef::StmtFor(_) | AnyNodeRef::StmtWhile(_) | AnyNodeRef::StmtFunctionDef(_)
        )
    };
    tree.ancestors(id).take_while(within).any(|it| matches!(tree[it], AnyNodeRef::StmtIf(_)))
}

/// Whether a loop goes over something. One that takes messages as they come and commits each is as
/// it should be.
fn is_over_rows(tree: &Tree<'_>, repeated: Id) -> bool {
    matches!(tree[repeated], AnyNodeRef::StmtFor(statement) if !statement.is_async)
}

/// Whether the loop asks for what an `execute` leaves behind.
fn uses_result(tree: &Tree<'_>, repeated: Id, receiver: &str) -> bool {
    const RESULTS: &[&str] = &["fetchall", "fetchone", "fetchmany", "lastrowid", "rowcount"];
    tree.subtree(repeated).any(|id| {
        matches!(tree[id], AnyNodeRef::ExprAttribute(attribute)
            if RESULTS.contains(&attribute.attr.as_str())
                && tree.source().slice(attribute.value.range()) == receiver)
    })
}
