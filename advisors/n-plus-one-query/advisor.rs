//! One query for each row of another: with the same text in a loop, or by an ORM behind an
//! attribute.

mod orm;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::queries::Turn;
use crate::shape::{BindingKind, Id, ScopeKind, Tree};
use crate::words::{code, line, spent_in};
use crate::{Advisor, Case, Evidence, Finding, Gain, Worth};

/// Share of the run, computing or waiting, that must be spent on the queries.
const MIN_SHARE: f64 = 0.03;

/// Rows of the pair; what it measured is about the same for any number.
const ROWS: u64 = 1_000;

pub(crate) struct NPlusOneQuery;

impl Advisor for NPlusOneQuery {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        let mut findings: Vec<Finding> =
            calls.filter_map(|(id, call)| finding(case, id, call)).collect();
        findings.extend(case.tree.ids().filter_map(|id| orm::finding(case, id)));
        findings
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let Expr::Attribute(method) = &*call.func else { return None };
    let [query, parameters, ..] = &*call.arguments.args else { return None };
    if method.attr.as_str() != "execute" || !selects_by_key(tree.constant_text(query)?) {
        return None;
    }
    let heat = case.spent_on(call.range()).filter(|heat| heat.share >= MIN_SHARE)?;
    let repeated = tree.loop_around(id).filter(|&it| tree.iterable(it).is_some())?;
    if !is_of_the_turn(tree, id, parameters, repeated)
        || Turn::of(tree, repeated, id).needs_the_one_before(id)
    {
        return None;
    }
    let receiver = code(case.source, method.value.range());
    let operand = case.operand(call.range(), &receiver);
    let fact = spent_in(case.source, call, &heat);
    let at = line(case.source, tree.range(repeated));
    Some(Finding {
        range: call.range(),
        title: format!("One query for every turn of the loop on {at}"),
        because: vec![
            format!(
                "`{}` is the same text each time, with another value: each is sent, looked up and \
                 answered by itself, and over a network each waits for its answer.",
                code(case.source, query.range())
            ),
            "Ask once: join the table to the query that the loop goes over, or ask for many keys \
             at a time (`WHERE id IN (...)`, some hundred each) and keep the rows in a dict by key."
                .to_owned(),
        ],
        heat,
        evidence: std::iter::once(fact).chain(operand.map(Evidence::Operand)).collect(),
        // How much of the time is the query's own work, which remains, is not known.
        worth: Worth::Time(Gain { saved_low: 0.0, ..case.gain(&heat, Some(ROWS), ROWS)? }),
        fix: None,
    })
}

/// Words of queries that read many rows at a time, such as one page of them.
const OF_MANY: &[&str] =
    &["<", ">", " BETWEEN ", " FETCH ", " IN ", " IN(", " LIKE ", " LIMIT ", " OFFSET "];

/// Whether a query reads rows by one value that it is given: `WHERE key = ?`.
fn selects_by_key(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches(';').trim_end_matches(" LIMIT 1");
    let Some((start, condition)) = text.split_once(" WHERE ") else { return false };
    start.starts_with("SELECT ")
        && condition.contains('=')
        && condition.contains(['?', ':', '%', '$'])
        && !OF_MANY.iter().any(|word| condition.contains(word))
}

/// Whether the values of a query come from the turn of the loop: from its variables, or from what
/// a function is given that the loop calls.
fn is_of_the_turn(tree: &Tree<'_>, call: Id, parameters: &Expr, repeated: Id) -> bool {
    let extent = tree.loop_extent(repeated);
    let own = tree.contains(extent, call);
    let mut names = tree.subtree(tree.id_of(parameters)).filter_map(|id| tree.variable(id));
    names.any(|variable| {
        let of_function = tree.scope_kind(variable.scope) == ScopeKind::Function;
        tree.bindings(variable).iter().any(|binding| match own {
            true => tree.contains(extent, binding.node),
            false => {
                of_function && binding.kind == BindingKind::Parameter && variable.name != "self"
            }
        })
    })
}
