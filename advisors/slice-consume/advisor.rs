//! Something long of which a little is taken off the front, by a copy of all the rest.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, ExprSubscript, Number};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{BindingKind, Id, Tree};
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Lengths, Operand, Worth};

/// Bytes or characters from which on a copy costs more than a turn of the loop.
const LONG: u64 = 32_768;

/// The same in elements, each of which is counted as held once more.
const LONG_LIST: u64 = 1_000;

/// Bytes that are copied in the time of an element, at the least: that of its pointer.
const ELEMENT: u64 = 8;

pub(crate) struct SliceConsume;

impl Advisor for SliceConsume {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        if case.hotspots.is_empty() {
            return Vec::new();
        }
        let rests = case.tree.ids().flat_map(|id| rests(case.tree, id));
        rests.filter_map(|rest| finding(case, &rest)).collect()
    }
}

/// `x = x[n:]`.
struct Rest<'a> {
    statement: Id,
    /// Where the old one is let go of, which takes time as well.
    target: TextRange,
    /// `x[n:]`
    slice: &'a ExprSubscript,
}

fn finding(case: &Case<'_>, found: &Rest<'_>) -> Option<Finding> {
    let tree = case.tree;
    let &Rest { statement, target, slice: rest } = found;
    let repeated = tree.loop_around(statement)?;
    // What a method finds in an attribute, another may have put there.
    let within = match &*rest.value {
        Expr::Attribute(_) => tree.class_of(tree.function(statement)),
        _ => None,
    };
    if is_started_anew(tree, within.unwrap_or(tree.loop_extent(repeated)), &rest.value) {
        return None;
    }
    let heat = case.built_in(case.heat_on(&[rest.range(), target])?)?;
    let name = case.source.slice(rest.value.range());
    let seen = case.operand(rest.range(), name)?;
    let size = copied(&seen, rest)?;
    let length = seen.lengths?.median;
    Some(Finding {
        range: rest.range(),
        title: format!(
            "`{}` copies the rest of {} {} (median) every time",
            code(case.source, rest.range()),
            thousands(length),
            unit(&seen)
        ),
        because: vec![
            sighting(&seen),
            "A slice is an object of its own: all that is left is copied to leave out what was read."
                .to_owned(),
            advice(&seen, name, is_shared(tree, &rest.value)),
        ],
        worth: Worth::Time(case.gain(&heat, Some(size), size)?),
        heat,
        evidence: vec![Evidence::Operand(seen)],
        fix: None,
    })
}

/// The slices `x[n:]` that a statement gives to the very `x`.
fn rests<'a>(tree: &Tree<'a>, id: Id) -> Vec<Rest<'a>> {
    let AnyNodeRef::StmtAssign(assign) = tree[id] else { return Vec::new() };
    let [target] = &*assign.targets else { return Vec::new() };
    let pairs: Vec<(&Expr, &'a Expr)> = match (target, &*assign.value) {
        (Expr::Tuple(targets), Expr::Tuple(values)) if targets.len() == values.len() => {
            targets.iter().zip(values).collect()
        }
        (target, value) => vec![(target, value)],
    };
    let text = |expr: &Expr| tree.source().slice(expr.range());
    let rest = |(target, value): (&Expr, &'a Expr)| match value {
        Expr::Subscript(rest) if is_rest(&rest.slice) && text(target) == text(&rest.value) => {
            let named = matches!(target, Expr::Name(_) | Expr::Attribute(_));
            named.then_some(Rest { statement: id, target: target.range(), slice: rest })
        }
        _ => None,
    };
    pairs.into_iter().filter_map(rest).collect()
}

/// `n:`
fn is_rest(slice: &Expr) -> bool {
    matches!(slice, Expr::Slice(slice)
        if slice.lower.is_some() && slice.upper.is_none() && slice.step.is_none())
}

/// Whether anything in a loop, or in a class after its making, gives the name something other than a
/// rest of it, or more of it.
fn is_started_anew<'a>(tree: &Tree<'a>, extent: Id, name: &Expr) -> bool {
    let text = tree.source().slice(name.range());
    let is_store = |id: &Id| match tree[*id] {
        AnyNodeRef::ExprName(it) => it.ctx != ExprContext::Load && it.id.as_str() == text,
        AnyNodeRef::ExprAttribute(it) => it.ctx != ExprContext::Load && tree.text(*id) == text,
        _ => false,
    };
    tree.subtree(extent).filter(is_store).any(|id| {
        let Some(statement) = tree.statement(id) else { return true };
        let grows = tree[statement].is_stmt_aug_assign();
        let shrinks = rests(tree, statement)
            .iter()
            .any(|rest| tree.source().slice(rest.slice.value.range()) == text);
        !grows && !shrinks && !is_made(tree, statement)
    })
}

/// Whether a statement stands in an `__init__`.
fn is_made(tree: &Tree<'_>, statement: Id) -> bool {
    matches!(tree[tree.function(statement)], AnyNodeRef::StmtFunctionDef(def)
        if def.name.as_str() == "__init__")
}

/// Bytes that the pair copies in the time that this takes; `None` when it is short.
fn copied(seen: &Operand, rest: &ExprSubscript) -> Option<u64> {
    let Lengths { median, max, .. } = seen.lengths?;
    match seen.type_name.as_str() {
        "bytes" | "bytearray" | "str" => (median >= LONG).then_some(max),
        // Of lists that is another advisor's.
        "list" if is_one(&rest.slice) => None,
        "list" | "tuple" => (median >= LONG_LIST).then_some(max * ELEMENT),
        _ => None,
    }
}

fn is_one(slice: &Expr) -> bool {
    let Expr::Slice(slice) = slice else { return false };
    matches!(slice.lower.as_deref(), Some(Expr::NumberLiteral(literal))
        if matches!(&literal.value, Number::Int(int) if *int == 1u8))
}

fn unit(seen: &Operand) -> &'static str {
    match seen.type_name.as_str() {
        "str" => "characters",
        "list" | "tuple" => "elements",
        _ => "bytes",
    }
}

/// Whether something else may hold what a name does: the caller, or another name.
fn is_shared(tree: &Tree<'_>, name: &Expr) -> bool {
    let bindings = tree.root(name).map_or(&[][..], |it| tree.bindings(it));
    let given = bindings.iter().any(|binding| binding.kind == BindingKind::Parameter);
    (given && name.is_name_expr()) || tree.has_other_names(tree.id_of(name))
}

fn advice(seen: &Operand, name: &str, shared: bool) -> String {
    match seen.type_name.as_str() {
        "bytearray" => {
            let own = match shared {
                true => {
                    " Whoever else holds it then finds it shorter: where that must not be, begin \
                         with a copy."
                }
                false => "",
            };
            format!("A bytearray gives its front away without a copy: write `del {name}[:n]`.{own}")
        }
        "list" | "tuple" => format!(
            "Count an index up and take `{name}[at:at + n]`, or go over `range(0, len({name}), n)`; a \
             `collections.deque` gives one element after the other."
        ),
        _ => format!(
            "Leave `{name}` as it is and count an index up: `{name}[at:at + n]`, `{name}.find(..., \
             at)`, `struct.unpack_from(format, {name}, at)`, and one slice at the end for what was \
             not read."
        ),
    }
}
