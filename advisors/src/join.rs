//! Containers that are looked through for an equal key again and again.

use ruff_python_ast::{AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};

use crate::rewrite::free_name;
use crate::shape::{Scan, call_of};
use crate::turns::{Search, Turns, turns};
use crate::words::code;
use crate::{Case, Heat, Operand, is_no_key};

/// Below this length looking through is about as fast as asking a dict.
const MIN_LENGTH: u64 = 20;

/// A scan that a loop repeats, with another key each time.
pub(crate) struct Rescan<'a> {
    /// What it is.
    pub(crate) scan: Scan<'a>,
    /// The heat of the search, without what is done with an element that was found.
    pub(crate) heat: Heat,
    /// The loop.
    pub(crate) again: Turns,
    /// What is looked through.
    pub(crate) seen: Operand,
    /// Its median length.
    pub(crate) length: u64,
}

/// Whether a scan joins: comprehensions that gather all elements of a key group; only those that look
/// for one, and loops within loops, join.
pub(crate) fn is_join(case: &Case<'_>, scan: &Scan<'_>) -> bool {
    let statement = matches!(case.tree[scan.whole], AnyNodeRef::StmtFor(_));
    let clauses = case.tree.loops(case.tree.id_of(scan.test));
    let nested = clauses.iter().filter(|&&id| case.tree.loop_extent(id) == scan.whole).count() > 1;
    statement || scan.first || nested
}

impl<'a> Rescan<'a> {
    /// A scan that is hot, of something that was seen to be long enough, whose keys a dict can have.
    pub(crate) fn of(case: &Case<'a>, scan: Scan<'a>) -> Option<Self> {
        let heat = heat(case, &scan)?;
        let again = turns(case, &search(case, &scan))?;
        let over = code(case.source, scan.over.range());
        let seen = case.operand(expression(case, &scan), &over)?;
        let length = length(&seen, &again)?;
        let usable = !has_no_key(case, &scan);
        usable.then_some(Self { scan, heat, again, seen, length })
    }

    /// The place that is hot: the test of a statement, or the comprehension with what takes its first.
    pub(crate) fn spot(&self, case: &Case<'_>) -> TextRange {
        match case.tree[self.scan.whole] {
            AnyNodeRef::StmtFor(_) => self.scan.test.range(),
            _ => expression(case, &self.scan),
        }
    }

    /// What to write instead.
    pub(crate) fn advice(&self, case: &Case<'_>) -> String {
        let scan = &self.scan;
        let text = |expr: &Expr| code(case.source, expr.range());
        let (over, key, wanted) = (text(scan.over), text(scan.key), text(scan.wanted));
        let index = free_name(case.tree, &format!("by_{}", last_part(scan.key)), "");
        let (target, element) = target(case, scan);
        let place = match self.again {
            Turns::Loop(_) | Turns::Shared(_) => "Before that loop".to_owned(),
            Turns::Caller(_) => format!("Once, where `{over}` is made or before that loop"),
        };
        let (make, ask) = match scan.first && !scan.narrowed {
            true => (
                format!(
                    "`{index} = {{}}` and `for {target} in {over}: {index}.setdefault({key}, {element})`"
                ),
                format!("`{index}.get({wanted})`, which is the first one or `None`"),
            ),
            false => (
                format!(
                    "`{index} = {{}}` and `for {target} in {over}: {index}.setdefault({key}, []).append({element})`"
                ),
                format!("`for {target} in {index}.get({wanted}, ())`"),
            ),
        };
        format!(
            "{place}, write {make}; then, in place of the search, {ask}. The keys must be hashable, and \
             must not change meanwhile."
        )
    }
}

fn search<'a>(case: &Case<'_>, scan: &Scan<'a>) -> Search<'a> {
    Search {
        at: case.tree.id_of(scan.test),
        by: Some(scan.repeated),
        over: scan.over,
        key: Some(scan.key),
        wanted: scan.wanted,
    }
}

/// The heat of the search, without what is done with an element that was found.
fn heat(case: &Case<'_>, scan: &Scan<'_>) -> Option<Heat> {
    let within = match case.tree[scan.whole] {
        AnyNodeRef::StmtFor(_) => case.tree.range(scan.whole),
        _ => expression(case, scan),
    };
    let whole = case.heat(within)?;
    let found = case.heat_within(&scan.found).map_or(0, |heat| heat.samples);
    let own = case.gated(whole.samples.saturating_sub(found), whole.self_samples)?;
    Some(Heat { columns: whole.columns, ..own })
}

/// A comprehension with the call that takes the first of it.
fn expression(case: &Case<'_>, scan: &Scan<'_>) -> TextRange {
    let mut around = case.tree.ancestors(scan.whole);
    let call = around.nth(1).filter(|&id| scan.first && call_of(case.tree, id).is_some());
    case.tree.range(call.unwrap_or(scan.whole))
}

/// The median length, when it is worth an index. What a function is called with, or finds outside,
/// may be something else every time; what never changes its length most likely is not.
fn length(seen: &Operand, again: &Turns) -> Option<u64> {
    let lengths = seen.lengths?;
    let steady = lengths.min == lengths.max && seen.observations > 1;
    let scanned = matches!(seen.type_name.as_str(), "list" | "tuple");
    let same = steady || matches!(again, Turns::Loop(_));
    (scanned && same && lengths.median >= MIN_LENGTH).then_some(lengths.median)
}

fn has_no_key(case: &Case<'_>, scan: &Scan<'_>) -> bool {
    [scan.key, scan.wanted].into_iter().any(|side| {
        let seen = case.operand(scan.test.range(), &code(case.source, side.range()));
        seen.is_some_and(|operand| is_no_key(&operand.type_name))
    })
}

/// The loop's target, and how to name a whole element.
fn target(case: &Case<'_>, scan: &Scan<'_>) -> (String, String) {
    let target = case.tree.loop_target(scan.repeated);
    let target = target.map_or(String::new(), |it| code(case.source, it.range()));
    let element = if target.contains(',') && !target.starts_with('(') {
        format!("({target})")
    } else {
        target.clone()
    };
    (target, element)
}

/// What a key is called: `sku` of `row["sku"]` and of `row.sku`.
fn last_part(key: &Expr) -> &str {
    match key {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Subscript(item) => match &*item.slice {
            Expr::StringLiteral(text) if is_identifier(text.value.to_str()) => text.value.to_str(),
            _ => "key",
        },
        Expr::Name(name) => name.id.as_str(),
        _ => "key",
    }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
