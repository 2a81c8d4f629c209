//! `frame.loc[i, "price"]` for one row after the other: an indexer is asked for single values.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, ExprSubscript};
use ruff_text_size::Ranged;

use crate::shape::{BindingKind, Id, Tree};
use crate::words::{code, line, sighting};
use crate::{Advisor, Callee, Case, Evidence, Finding, Worth};

/// Share of the run that must be spent on the indexer.
const MIN_SHARE: f64 = 0.03;

/// Below as many rows the columns are not worth taking out.
const MIN_ROWS: u64 = 30;

/// Rows of a frame that nobody saw.
const TYPICAL_ROWS: u64 = 1_000;

const INDEXERS: &[&str] = &["at", "iat", "iloc", "loc"];

const GETS: &[&str] = &[
    "pandas.core.indexing:_AtIndexer.__getitem__",
    "pandas.core.indexing:_LocationIndexer.__getitem__",
    "pandas.core.indexing:_ScalarAccessIndexer.__getitem__",
];

pub(crate) struct DfScalarAccess;

impl Advisor for DfScalarAccess {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.ids().filter_map(|id| finding(case, id)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::ExprSubscript(item) = tree[id] else { return None };
    let (frame, indexer) = single_value(item)?;
    tree.root(frame)?;
    let repeated = loop_of_row(tree, id, item)?;
    if tree.takes_few_turns(repeated) || writes(tree, frame, repeated) {
        return None;
    }
    let gets = |it: &Callee| it.is_one_of(GETS) && it.direct_samples > 0;
    let below = case.below_on(&[item.range()], gets);
    let (asked, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    // An indexer is made for every value, too.
    let whole = case.heat_on(&[item.range(), item.value.range()]);
    let heat = whole.filter(|heat| heat.columns).unwrap_or(asked);
    let name = code(case.source, frame.range());
    let operand = case.operand(item.range(), &name);
    let rows = operand.as_ref().and_then(|operand| operand.lengths).map(|rows| rows.median);
    if rows.is_some_and(|rows| rows < MIN_ROWS) {
        return None;
    }
    let Expr::Tuple(key) = &*item.slice else { return None };
    let column = code(case.source, key.elts[1].range());
    let values = match indexer {
        "iat" | "iloc" => format!("{name}.iloc[:, {column}].tolist()"),
        _ => format!("{name}[{column}].tolist()"),
    };
    let mut because: Vec<String> = operand.iter().map(sighting).collect();
    because.push(format!(
        "`.{indexer}` finds out anew for every value what kind of key it was given and where the row \
         and the column are: ten to a hundred calls of Python code for one number."
    ));
    because.push(format!(
        "Take the column out before the loop on {} (`{values}`) and go through its values, with \
         `zip` where there are several columns; what only computes is faster still on whole columns.",
        line(case.source, tree.range(repeated))
    ));
    let mut evidence = vec![callee.evidence(&asked)];
    evidence.extend(operand.map(Evidence::Operand));
    Some(Finding {
        range: item.range(),
        title: format!("`{}` takes single values out of a frame", code(case.source, item.range())),
        because,
        heat,
        evidence,
        worth: Worth::Time(case.gain(&heat, rows, TYPICAL_ROWS)?),
        fix: None,
    })
}

/// The frame and the indexer of `frame.loc[row, "column"]`, where that is read.
fn single_value(item: &ExprSubscript) -> Option<(&Expr, &str)> {
    let (Expr::Attribute(indexer), Expr::Tuple(key)) = (&*item.value, &*item.slice) else {
        return None;
    };
    let [row, column] = &*key.elts else { return None };
    let constant = column.is_string_literal_expr() || column.is_number_literal_expr();
    let reads = item.ctx == ExprContext::Load && row.is_name_expr() && constant;
    let known = INDEXERS.contains(&indexer.attr.as_str());
    (reads && known).then_some((&*indexer.value, indexer.attr.as_str()))
}

/// The loop around that goes through the rows.
fn loop_of_row(tree: &Tree<'_>, id: Id, item: &ExprSubscript) -> Option<Id> {
    let Expr::Tuple(key) = &*item.slice else { return None };
    let row = tree.variable(tree.id_of(&key.elts[0]))?;
    // Other loops of the function may bind the name as well.
    let is_bound = |repeated: &&Id| {
        let extent = tree.loop_extent(**repeated);
        let here = tree.bindings(row).iter().filter(|it| tree.contains(extent, it.node));
        let [binding] = here.collect::<Vec<_>>()[..] else { return false };
        tree.contains(**repeated, binding.node) && binding.kind == BindingKind::Target
    };
    tree.loops(id).iter().find(is_bound).copied()
}

/// Whether a loop binds the frame anew or writes to anything of it.
fn writes(tree: &Tree<'_>, frame: &Expr, repeated: Id) -> bool {
    let extent = tree.loop_extent(repeated);
    let text = tree.source().slice(frame.range());
    let of_frame = |id: Id| tree.text(id).starts_with(text);
    tree.is_rebound(frame, extent)
        || tree.subtree(extent).any(|id| {
            matches!(tree[id], AnyNodeRef::ExprSubscript(item) if item.ctx != ExprContext::Load)
                && of_frame(id)
        })
}
