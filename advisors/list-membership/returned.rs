//! `x in f()` where `f()` gives one and the same long list at every test.

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprCompare};
use ruff_text_size::Ranged;

use super::hashing::{self, Hashable};
use super::{TYPICAL_LENGTH, scanned_length};
use crate::shape::{Id, Tree};
use crate::words::{self, sighting, thousands};
use crate::{Case, Evidence, Finding, Operand, Worth};

/// Looks at the list, and calls of the function that tests it, which have to be told apart from a
/// single long test.
const MIN_LOOKS: u32 = 5;

pub(super) fn findings(tree: &Tree<'_>, case: &Case<'_>) -> Vec<Finding> {
    let tests = tree.compares().filter_map(|(id, compare)| finding(tree, case, id, compare));
    tests.collect()
}

fn finding<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    id: Id,
    compare: &'a ExprCompare,
) -> Option<Finding> {
    let ([CmpOp::In | CmpOp::NotIn], [right @ Expr::Call(_)]) =
        (&*compare.ops, &*compare.comparators)
    else {
        return None;
    };
    let heat = case.built_in(case.heat_on(&[compare.range()])?)?;
    let seen = case.operand(compare.range(), tree.source().slice(right.range()))?;
    let length = scanned_length(&seen)?;
    let is_one = seen.distinct.is_some_and(|it| it.calls >= MIN_LOOKS && it.values == 1);
    if !is_one || !is_tested_again(tree, case, id) {
        return None;
    }
    let elements = hashing::elements(tree, None, Some(&seen));
    let tested = hashing::tested(tree, case, compare, None);
    if elements == Hashable::No || tested == Hashable::No {
        return None;
    }
    let gain = case.gain(&heat, Some(length), TYPICAL_LENGTH)?;
    Some(Finding {
        range: compare.range(),
        title: format!(
            "`{}` scans a {} of {} (median) for every test",
            words::code(case.source, compare.range()),
            seen.type_name,
            thousands(length)
        ),
        because: reasons(&seen),
        heat,
        evidence: vec![Evidence::Operand(seen)],
        worth: Worth::Time(gain),
        fix: None,
    })
}

/// Whether a loop tests again and again, or calls of the function around it that were told apart.
fn is_tested_again(tree: &Tree<'_>, case: &Case<'_>, id: Id) -> bool {
    let loops = tree.loops(id);
    if !loops.is_empty() {
        return loops.iter().any(|&repeated| !tree.takes_few_turns(repeated));
    }
    let AnyNodeRef::StmtFunctionDef(def) = tree[tree.function(id)] else { return false };
    let calls = case.arguments(def).and_then(|arguments| arguments.distinct);
    calls.is_some_and(|it| it.calls >= MIN_LOOKS)
}

fn reasons(seen: &Operand) -> Vec<String> {
    let kind = &seen.type_name;
    let mut because = vec![
        sighting(seen),
        format!("It was one and the same {kind} at every look that could tell."),
        "A test compares with one element after the other; a set finds the answer by hash, in the \
         same time at any length."
            .to_owned(),
    ];
    if !seen.elements.is_empty() {
        because.push(format!(
            "The elements that were looked at were {}.",
            words::listed(&seen.elements)
        ));
    }
    because.push(format!(
        "Let what gives the {kind} keep a set of the same elements beside it, if all have a hash; or \
         make one before the loop, where nothing changes the {kind} meanwhile."
    ));
    because
}
