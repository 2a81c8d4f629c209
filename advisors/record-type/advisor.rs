//! Many rows as dicts of the same keys, where a class with slots would hold them in a third of the
//! memory.

use ruff_python_ast::{AnyNodeRef, Expr, ExprDict};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, Use, call_of, called_name};
use crate::words::{listed, sighting, thousands};
use crate::{Advisor, Bytes, Case, Evidence, Finding, Python, Worth};

/// Bytes that must go away, of those rows that were seen.
const MIN_SAVED: u64 = 10_000_000;

/// Keys that are named in the advice.
const MAX_NAMED: usize = 4;

pub(crate) struct RecordType;

impl Advisor for RecordType {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let dicts = case.tree.ids().filter_map(|id| match case.tree[id] {
            AnyNodeRef::ExprDict(dict) => Some((id, dict)),
            _ => None,
        });
        dicts.filter_map(|(id, dict)| finding(case, id, dict)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, dict: &ExprDict) -> Option<Finding> {
    let tree = case.tree;
    let keys = keys(dict)?;
    let rows = rows(tree, id)?;
    let heat = case.heat(tree.range(id))?;
    let name = tree.source().slice(rows.range());
    let operand = case.operand(tree.range(id), name)?;
    if operand.type_name != "list" || operand.elements != ["dict"] || must_be_dicts(tree, rows) {
        return None;
    }
    let lengths = operand.lengths?;
    let count = u64::try_from(keys.len()).ok()?;
    let each = dict_bytes(count, case.python)?.checked_sub(slots_bytes(count))?;
    if lengths.max * each < MIN_SAVED {
        return None;
    }
    let mut named: Vec<String> =
        keys.iter().take(MAX_NAMED).map(|key| format!("`{key}`")).collect();
    if keys.len() > MAX_NAMED {
        named.push("others".to_owned());
    }
    let (dict, slots) = (dict_bytes(count, case.python)?, slots_bytes(count));
    Some(Finding {
        range: tree.range(id),
        title: format!("{} dicts in `{name}` have the same {count} keys", thousands(lengths.max)),
        because: vec![
            sighting(&operand),
            format!(
                "A dict of {count} keys takes {dict} bytes, an object with {count} slots {slots}; \
                 what they hold comes to both."
            ),
            format!(
                "Make the rows objects of a class with {} as `__slots__` (a dataclass with \
                 `slots=True` from CPython 3.10 on), or tuples; what reads them by key has to \
                 read attributes then.",
                listed(&named)
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(operand)],
        worth: Worth::Memory(match lengths.min < lengths.max {
            // It may have grown on after the last look.
            true => Bytes { value: lengths.max * each, low: lengths.max * each, high: None },
            false => Bytes {
                value: lengths.max * each,
                low: lengths.median.min(lengths.max) * each,
                high: Some(lengths.max * each),
            },
        }),
        fix: None,
    })
}

/// The keys of a dict that is written out with names as keys, at least two.
fn keys(dict: &ExprDict) -> Option<Vec<&str>> {
    let literals = dict.items.iter().map(|item| item.key.as_ref()?.as_string_literal_expr());
    let keys: Vec<&str> =
        literals.map(|literal| Some(literal?.value.to_str())).collect::<Option<_>>()?;
    (keys.len() >= 2).then_some(keys)
}

/// The list that a dict is put into on every turn: by `append`, or by the comprehension that makes
/// it.
fn rows<'a>(tree: &Tree<'a>, dict: Id) -> Option<&'a Expr> {
    let parent = tree.parent(dict)?;
    match tree[parent] {
        AnyNodeRef::Arguments(_) => {
            let call = call_of(tree, tree.parent(parent)?)?;
            let Expr::Attribute(method) = &*call.func else { return None };
            tree.loop_around(dict)?;
            let is_list = matches!(&*method.value, Expr::Name(_) | Expr::Attribute(_));
            (method.attr.as_str() == "append" && is_list).then_some(&*method.value)
        }
        AnyNodeRef::ExprListComp(_) => match tree[tree.parent(parent)?] {
            AnyNodeRef::StmtAssign(assign) => match &*assign.targets {
                [target @ Expr::Name(_)] => Some(target),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Calls that want dicts.
const TAKERS: &[&str] = &["DataFrame", "dump", "dumps", "executemany", "from_records", "writerows"];

/// Whether the rows are given to something that wants dicts.
fn must_be_dicts(tree: &Tree<'_>, rows: &Expr) -> bool {
    let Some(variable) = rows.is_name_expr().then(|| tree.variable(tree.id_of(rows))).flatten()
    else {
        return false;
    };
    tree.uses(variable).into_iter().filter(|(_, done)| *done == Use::Other).any(|(id, _)| {
        tree.ancestors(id).take_while(|&around| !tree[around].is_statement()).any(|around| {
            let name = call_of(tree, around).and_then(called_name);
            name.is_some_and(|name| TAKERS.contains(&name))
        })
    })
}

/// Bytes of a dict of so many strings as keys, by `sys.getsizeof` on CPython 3.8 to 3.15 for 64 bits;
/// 3.11 left the hashes of such keys out. `None` for more keys than were measured.
fn dict_bytes(keys: u64, python: Python) -> Option<u64> {
    let since = python.at_least(3, 11);
    Some(match keys {
        ..=5 => {
            if since {
                184
            } else {
                232
            }
        }
        6..=10 => {
            if since {
                272
            } else {
                360
            }
        }
        11..=21 => {
            if since {
                464
            } else {
                640
            }
        }
        _ => return None,
    })
}

/// Bytes of an object with so many slots and no dict, likewise.
fn slots_bytes(slots: u64) -> u64 {
    32 + 8 * slots
}
