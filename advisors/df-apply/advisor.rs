//! `frame.apply(function, axis=1)`: a `Series` is filled with every row, and a Python function called.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, ExprLambda, Number};
use ruff_text_size::Ranged;

use crate::shape::Tree;
use crate::words::{code, sighting};
use crate::{Advisor, Callee, Case, Evidence, Finding, Heat, Worth};

/// Share of the run that must be spent on handing rows to the function.
const MIN_SHARE: f64 = 0.03;

/// Below as many rows what pandas prepares takes longer than the rows.
const MIN_ROWS: u64 = 100;

/// Rows of a frame that nobody saw.
const TYPICAL_ROWS: u64 = 10_000;

const APPLY: &[&str] = &["pandas.core.frame:DataFrame.apply"];

/// What the function calls to read its row.
const READS: &[&str] =
    &["pandas.core.generic:NDFrame.__getattr__", "pandas.core.series:Series.__getitem__"];

pub(crate) struct DfApply;

impl Advisor for DfApply {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls().filter(|(_, call)| goes_through_rows(call));
        calls.filter_map(|(_, call)| finding(case, call)).collect()
    }
}

/// Whether `axis` is 1, as a constant.
fn goes_through_rows(call: &ExprCall) -> bool {
    let Some(axis) = call.arguments.find_argument_value("axis", 1) else { return false };
    match axis {
        Expr::NumberLiteral(axis) => matches!(&axis.value, Number::Int(axis) if *axis == 1),
        Expr::StringLiteral(axis) => axis.value.to_str() == "columns",
        _ => false,
    }
}

fn finding(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let Expr::Attribute(method) = &*call.func else { return None };
    let function = call.arguments.find_argument_value("func", 0)?;
    let applies = |it: &Callee| it.is_one_of(APPLY) && it.direct_samples > 0;
    let (all, callee) = case.below(call.range(), applies)?;
    let heat = overhead(case, call, &all).filter(|heat| heat.share >= MIN_SHARE)?;
    let frame = Some(&*method.value).filter(|frame| case.tree.root(frame).is_some());
    let name = frame.map_or("frame", |frame| case.source.slice(frame.range()));
    let operand =
        frame.and_then(|frame| case.operand(call.range(), &code(case.source, frame.range())));
    let rows = operand.as_ref().and_then(|operand| operand.lengths).map(|rows| rows.median);
    if rows.is_some_and(|rows| rows < MIN_ROWS) {
        return None;
    }
    let mut because: Vec<String> = operand.iter().map(sighting).collect();
    because.push(
        "`axis=1` makes a `Series` of every row, with one dtype for all its values, and calls the \
         function with it; each `row[...]` in it then runs some ten calls of Python code."
            .to_owned(),
    );
    because.push(advice(case.tree, function, name));
    let mut evidence = vec![callee.evidence(&all)];
    evidence.extend(operand.map(Evidence::Operand));
    Some(Finding {
        range: call.range(),
        title: format!("`{name}.apply(..., axis=1)` makes a Series of every row"),
        because,
        heat,
        evidence,
        worth: Worth::Time(case.gain(&heat, rows, TYPICAL_ROWS)?),
        fix: None,
    })
}

/// What pandas itself takes: all but the function that is applied, and the function's reads of its
/// row.
fn overhead(case: &Case<'_>, call: &ExprCall, all: &Heat) -> Option<Heat> {
    let callees = case.callees(call.range());
    let is_pandas = |it: &&Callee| it.module.starts_with("pandas.");
    let applied =
        callees.iter().filter(|it| !is_pandas(it)).map(|it| it.samples).max().unwrap_or(0);
    let reads: u64 = callees.iter().filter(|it| it.is_one_of(READS)).map(|it| it.samples).sum();
    case.gated(all.samples.saturating_sub(applied) + reads.min(applied), 0)
}

/// What to write instead, with the columns where the function names them.
fn advice(tree: &Tree<'_>, function: &Expr, frame: &str) -> String {
    let columns = match function {
        Expr::Lambda(lambda) => columns(tree, lambda),
        _ => Vec::new(),
    };
    let [first, second, ..] = &columns[..] else {
        return format!(
            "Compute on whole columns (`{frame}[\"a\"] * {frame}[\"b\"]`, `.where`, `numpy.select`), \
             or call the function with values: `[function(a, b) for a, b in zip({frame}[\"a\"], \
             {frame}[\"b\"])]`."
        );
    };
    format!(
        "Compute on whole columns (`{frame}[{first:?}]`, `{frame}[{second:?}]`, with `.where` or \
         `numpy.select` for conditions), or go through the columns: `[... for ... in zip({})]`.",
        columns.iter().map(|it| format!("{frame}[{it:?}]")).collect::<Vec<_>>().join(", ")
    )
}

/// The columns that a lambda reads by name, in the order in which it does.
fn columns<'a>(tree: &Tree<'a>, lambda: &ExprLambda) -> Vec<&'a str> {
    let mut columns = Vec::new();
    let Some(row) = lambda.parameters.iter().flat_map(|it| it.iter()).next() else {
        return columns;
    };
    for id in tree.subtree(tree.id_of(&*lambda.body)) {
        let AnyNodeRef::ExprSubscript(item) = tree[id] else { continue };
        if let (Expr::Name(name), Expr::StringLiteral(column)) = (&*item.value, &*item.slice)
            && name.id == row.name().id
            && !columns.contains(&column.value.to_str())
        {
            columns.push(column.value.to_str());
        }
    }
    columns
}
