//! A retry that always waits for the same time.

use ruff_python_ast::{AnyNodeRef, ExceptHandler, Expr, ExprCall, Number, Stmt, StmtTry};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::words::{code, line};
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Share of the run that must be slept there.
const MIN_SHARE: f64 = 0.03;

pub(crate) struct RetryWithoutBackoff;

impl Advisor for RetryWithoutBackoff {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let sleeps = |call: &ExprCall| case.tree.calls_one_of(call, &["time.sleep"]);
        let calls = case.tree.all_calls().filter(|(_, call)| sleeps(call));
        calls.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let [pause] = &*call.arguments.args else { return None };
    if !is_number(pause) && !tree.assigned_once(pause).is_some_and(is_number) {
        return None;
    }
    let heat = case.idle(call.range()).filter(|heat| heat.share >= MIN_SHARE)?;
    let repeated = *tree.loops(id).first()?;
    let attempt = attempt(tree, repeated, id)?;
    let broad = attempt.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| {
        handler.type_.as_deref().is_none_or(|caught| {
            matches!(caught, Expr::Name(name)
                if matches!(name.id.as_str(), "Exception" | "BaseException"))
        })
    });
    let text = code(case.source, call.range());
    let share = (heat.share * 100.0).round();
    let mut because = vec![
        format!(
            "The loop on {} tries again after every failure.",
            line(case.source, tree.range(repeated))
        ),
        "A pause that is always the same is too long when the first retry would do, and too short \
         when the other side is overloaded: all who wait come back at once, again and again."
            .to_owned(),
        format!(
            "Let the pause grow and differ: `time.sleep(random.uniform(0, min(LONGEST, FIRST * 2 ** \
             attempt)))`, with a limit to the attempts; {} as `LONGEST` never waits longer than now.",
            code(case.source, pause.range())
        ),
    ];
    if broad {
        because.push(
            "The handler catches everything: a mistake in the code, or an answer that will stay \
             the same, is tried again as well. Name what is worth another attempt."
                .to_owned(),
        );
    }
    Some(Finding {
        range: call.range(),
        title: format!("A retry always waits for the same time: `{text}`"),
        because,
        heat,
        evidence: vec![Evidence::Fact(format!("{share:.0} % of the run asleep in `{text}`"))],
        worth: Worth::Correctness,
        fix: None,
    })
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::NumberLiteral(literal)
        if matches!(literal.value, Number::Int(_) | Number::Float(_)))
}

/// The `try` that a loop repeats until it succeeds, when the pause comes after its failure: in one
/// of its handlers, or behind it.
fn attempt<'a>(tree: &Tree<'a>, repeated: Id, pause: Id) -> Option<&'a StmtTry> {
    let body = match tree[repeated] {
        AnyNodeRef::StmtFor(statement) => &statement.body,
        AnyNodeRef::StmtWhile(statement) => &statement.body,
        _ => return None,
    };
    let tried = body.iter().find_map(|stmt| match stmt {
        Stmt::Try(statement) => Some(statement),
        _ => None,
    })?;
    let succeeds = tried.body.iter().chain(&tried.orelse).any(leaves);
    let whole = tree.id_of(tried);
    let in_handler = tried.handlers.iter().any(|handler| tree.contains(tree.id_of(handler), pause));
    let behind = !tree.contains(whole, pause) && tree.range(pause).start() > tried.end();
    // What the handler leaves the loop for is not tried again.
    let goes_on = tried.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| {
        !handler.body.iter().any(leaves)
            && (!behind || !handler.body.iter().any(|stmt| matches!(stmt, Stmt::Raise(_))))
    });
    (succeeds && goes_on && (in_handler || behind)).then_some(tried)
}

/// Whether a statement ends the loop that it stands in, by itself and in any case.
fn leaves(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Return(_) | Stmt::Break(_))
}
