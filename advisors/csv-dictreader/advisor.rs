//! Rows of `csv.DictReader` of which only a few known columns are read.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, Use, Variable, call_of};
use crate::words::{code, listed};
use crate::{Advisor, Case, Finding, Worth};

/// Share of the run that must be spent on making dicts of rows.
const MIN_SHARE: f64 = 0.03;

/// Rows of the pair; what it measured is the same for any number.
const ROWS: u64 = 5_000;

/// Columns that are named in the advice.
const MAX_NAMED: usize = 3;

const NEXT: &[&str] = &["csv:DictReader.__next__", "csv:__next__"];

pub(crate) struct CsvDictreader;

impl Advisor for CsvDictreader {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.ids().filter_map(|id| finding(case, id)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id) -> Option<Finding> {
    let (target, over) = case.tree.loop_target(id).zip(case.tree.iterable(id))?;
    let is_next = |it: &crate::Callee| it.is_one_of(NEXT) && it.direct_samples > 0;
    let below = case.below_on(&case.tree.next_places(id), is_next);
    let (heat, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let Expr::Name(row) = target else { return None };
    let columns = columns(case.tree, case.tree.variable(case.tree.id_of(row))?)?;
    let positions: Vec<String> = columns
        .iter()
        .take(MAX_NAMED)
        .map(|column| format!("`header.index({column:?})`"))
        .collect();
    let count = match columns.len() {
        1 => "one column is".to_owned(),
        count => format!("{count} columns are"),
    };
    Some(Finding {
        range: over.range(),
        title: format!(
            "Each row of `{}` becomes a dict, of which {count} read by name",
            code(case.source, over.range())
        ),
        because: vec![
            "`DictReader` puts every row together in Python code: it checks the lengths and makes \
             a dict of all columns. `csv.reader`, which is written in C, gives a list."
                .to_owned(),
            format!(
                "Read the header first (`reader = csv.reader(file); header = next(reader)`), look \
                 the positions up once ({}) and index the rows by them.",
                listed(&positions)
            ),
            "`DictReader` skips empty lines and fills rows that are too short; a list of such a \
             row is short, and indexing it raises."
                .to_owned(),
        ],
        heat,
        evidence: vec![callee.evidence(&heat)],
        worth: Worth::Time(case.gain(&heat, Some(ROWS), ROWS)?),
        fix: None,
    })
}

/// The columns that are read from a row, when nothing else is done with it.
fn columns<'a>(tree: &Tree<'a>, row: Variable<'a>) -> Option<Vec<&'a str>> {
    let mut columns = Vec::new();
    for (_, done) in tree.uses(row) {
        let column = match done {
            Use::Bound(_) => continue,
            Use::Indexed(item) => match tree[item] {
                AnyNodeRef::ExprSubscript(item) => &*item.slice,
                _ => return None,
            },
            Use::Method("get", call) => call_of(tree, call)?.arguments.args.first()?,
            _ => return None,
        };
        let Expr::StringLiteral(column) = column else { return None };
        if !columns.contains(&column.value.to_str()) {
            columns.push(column.value.to_str());
        }
    }
    (!columns.is_empty()).then_some(columns)
}
