//! `for index, row in frame.iterrows()`: a `Series` is made of every row.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree, Use, Variable, call_of, called_name};
use crate::words::{code, sighting};
use crate::{Advisor, Callee, Case, Evidence, Finding, Heat, Worth};

/// Share of the run that must be spent on making the rows.
const MIN_SHARE: f64 = 0.03;

/// Rows of a frame that nobody saw.
const TYPICAL_ROWS: u64 = 10_000;

/// Columns that are named in the advice.
const MAX_NAMED: usize = 6;

const ITERROWS: &[&str] = &["pandas.core.frame:DataFrame.iterrows"];

pub(crate) struct DfIterrows;

impl Advisor for DfIterrows {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.ids().filter_map(|id| finding(case, id)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id) -> Option<Finding> {
    let (target, over) = case.tree.loop_target(id).zip(case.tree.iterable(id))?;
    let makes_rows = |it: &Callee| it.is_one_of(ITERROWS) && it.direct_samples > 0;
    let below = case.below_on(&case.tree.next_places(id), makes_rows);
    let (made, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let heat = with_lookups(case, id, made, target);
    let frame = frame(case.tree, over).filter(|frame| case.tree.root(frame).is_some());
    let name = frame.map(|frame| code(case.source, frame.range()));
    let operand = name.as_ref().and_then(|name| case.operand(case.tree.range(id), name));
    let rows = operand.as_ref().and_then(|operand| operand.lengths).map(|rows| rows.median);
    let rows_of = name.as_deref().map_or("a frame".to_owned(), |name| format!("`{name}`"));
    let mut because: Vec<String> = operand.iter().map(sighting).collect();
    because.push(
        "Each row is copied into a `Series`, with an index and one dtype for all its values: a few \
         hundred calls of Python code, and more for every `row[...]`."
            .to_owned(),
    );
    because.push(advice(case.tree, target, name.as_deref())?);
    because.push(
        "The values then have the types of their columns, where a row of mixed numbers had made \
         floats of its integers. What only computes is much faster still on whole columns."
            .to_owned(),
    );
    let mut evidence = vec![callee.evidence(&made)];
    evidence.extend(operand.map(Evidence::Operand));
    Some(Finding {
        range: over.range(),
        title: format!("Each row of {rows_of} becomes a Series"),
        because,
        heat,
        evidence,
        worth: Worth::Time(case.gain(&heat, rows, TYPICAL_ROWS)?),
        fix: None,
    })
}

/// The making of the rows together with what is looked up in them, which goes with them.
fn with_lookups(case: &Case<'_>, id: Id, made: Heat, target: &Expr) -> Heat {
    let tree = case.tree;
    let extent = tree.loop_extent(id);
    let row = match target {
        Expr::Tuple(pair) => pair.elts.last().and_then(|row| tree.variable(tree.id_of(row))),
        _ => None,
    };
    // Another loop may bind the name as well.
    let uses = row.map(|row| tree.uses(row)).into_iter().flatten();
    let lookups = uses.filter(|(used, _)| tree.contains(extent, *used));
    let lookups = lookups.filter_map(|(_, done)| match done {
        Use::Indexed(item) | Use::Attribute(item) => Some(tree.range(item)),
        _ => None,
    });
    let lookups: Vec<TextRange> = lookups.collect();
    let looked_up = case.heat_on(&lookups).filter(|heat| heat.columns);
    let looked_up = looked_up.map_or(0, |heat| heat.samples);
    case.gated(made.samples + looked_up, made.self_samples).unwrap_or(made)
}

/// What the rows are of, where that is written in the loop.
fn frame<'a>(tree: &Tree<'a>, over: &'a Expr) -> Option<&'a Expr> {
    let iterrows = |call: &&ExprCall| called_name(call) == Some("iterrows");
    let calls = tree.subtree(tree.id_of(over)).filter_map(|id| call_of(tree, id));
    match &*calls.into_iter().find(iterrows)?.func {
        Expr::Attribute(method) => Some(&method.value),
        _ => None,
    }
}

/// What to write instead; `None` when rows are written to, which their frame does not notice.
fn advice(tree: &Tree<'_>, target: &Expr, frame: Option<&str>) -> Option<String> {
    let frame_text = frame.unwrap_or("frame");
    let tuples = format!(
        "`{frame_text}.itertuples()` gives each row as a named tuple (`row.price`, `row.Index`)."
    );
    let [index, row] = (match target {
        Expr::Tuple(pair) => &*pair.elts,
        _ => &[],
    }) else {
        return Some(tuples);
    };
    let (Expr::Name(index), Expr::Name(row)) = (index, row) else { return Some(tuples) };
    let row = tree.variable(tree.id_of(row))?;
    if tree.uses(row).iter().any(|(_, done)| matches!(done, Use::Changed(_))) {
        return None;
    }
    let columns = columns(tree, row).filter(|columns| (1..=MAX_NAMED).contains(&columns.len()));
    let (Some(columns), Some(frame)) = (columns, frame) else { return Some(tuples) };
    let is_read = |(_, done): &(Id, Use<'_>)| !matches!(done, Use::Bound(_));
    let index = tree.variable(tree.id_of(index)).filter(|it| tree.uses(*it).iter().any(is_read));
    let mut parts: Vec<String> = index.iter().map(|_| format!("{frame}.index")).collect();
    parts.extend(columns.iter().map(|column| format!("{frame}[{column:?}]")));
    Some(match &parts[..] {
        [only] => format!("Go through the one column that is read: `for ... in {only}`."),
        _ => {
            format!("Go through the columns that are read: `for ... in zip({})`.", parts.join(", "))
        }
    })
}

/// The columns that are read from a row by name, when nothing else is done with it.
fn columns<'a>(tree: &Tree<'a>, row: Variable<'a>) -> Option<Vec<&'a str>> {
    let mut columns = Vec::new();
    for (_, done) in tree.uses(row) {
        let column = match done {
            Use::Bound(_) => continue,
            Use::Indexed(item) => match tree[item] {
                AnyNodeRef::ExprSubscript(item) => match &*item.slice {
                    Expr::StringLiteral(column) => column.value.to_str(),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Some(columns)
}
