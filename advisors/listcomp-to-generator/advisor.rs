//! A long list that is made to be added up, or the like, and is dropped then.

use ruff_python_ast::{AnyNodeRef, ExprCall, ExprListComp};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::{Id, Tree, is_builtin_call};
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Bytes, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth};

/// Bytes that the list must take.
const MIN_SAVED: u64 = 8_000_000;

/// Bytes of a reference in a list; what it refers to comes to that.
const REFERENCE: u64 = 8;

/// Builtins that take one element after the other, all of them, and keep none or all in another form.
const TAKERS: &[&str] = &["frozenset", "max", "min", "set", "sum"];

/// What is gone through one element at a time, as many as its length tells.
const ITERABLES: &[&str] =
    &["array", "deque", "dict", "frozenset", "list", "ndarray", "range", "set", "tuple"];

pub(crate) struct ListcompToGenerator;

impl Advisor for ListcompToGenerator {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        calls.filter_map(|(_, call)| finding(case, call, list_given(case.tree, call)?)).collect()
    }
}

/// The list comprehension that a taker is given.
fn list_given<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<&'a ExprListComp> {
    let first = call.arguments.args.first()?.as_list_comp_expr()?;
    TAKERS.iter().any(|taker| is_builtin_call(tree, call, taker)).then_some(first)
}

fn finding(case: &Case<'_>, call: &ExprCall, list: &ExprListComp) -> Option<Finding> {
    let [clause] = &*list.generators else { return None };
    let over = case.source.slice(clause.iter.range());
    if !clause.ifs.is_empty() || clause.is_async || waits(case.tree, case.tree.id_of(list)) {
        return None;
    }
    let heat = case.heat(call.range())?;
    let operand = case.operand(call.range(), over)?;
    let lengths = operand.lengths.filter(|_| ITERABLES.contains(&operand.type_name.as_str()))?;
    if lengths.median * REFERENCE < MIN_SAVED {
        return None;
    }
    let text = code(case.source, call.func.range());
    let length = thousands(lengths.median);
    Some(Finding {
        range: call.range(),
        title: format!("A list of {length} (median) is made for `{text}`, and dropped"),
        because: because(&operand, &text),
        heat,
        evidence: vec![Evidence::Operand(operand)],
        worth: Worth::Memory(Bytes {
            value: lengths.median * REFERENCE,
            low: lengths.min * REFERENCE,
            // What the elements take is not known.
            high: None,
        }),
        fix: Some(fix(case.tree, call, list)),
    })
}

fn because(over: &Operand, text: &str) -> Vec<String> {
    vec![
        sighting(over),
        format!(
            "The comprehension makes all elements before `{text}` takes the first: the list takes \
             {REFERENCE} bytes for each, and the elements stay as long as it does."
        ),
        "Without the brackets it is a generator expression, which makes one element at a time. It is \
         about as fast."
            .to_owned(),
    ]
}

/// Whether an element is awaited, or given on: a generator expression would do that elsewhere.
fn waits(tree: &Tree<'_>, list: Id) -> bool {
    tree.subtree(list).any(|id| {
        matches!(
            tree[id],
            AnyNodeRef::ExprAwait(_) | AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_)
        )
    })
}

/// The brackets go; where there are other arguments, parentheses take their place.
fn fix(tree: &Tree<'_>, call: &ExprCall, list: &ExprListComp) -> Fix {
    let alone = call.arguments.len() == 1 && !follows_comma(tree, call, list);
    let (open, close) = if alone { ("", "") } else { ("(", ")") };
    let (start, end) = (list.start(), list.end());
    let bracket = |range: TextRange, text: &str| Edit { range, text: text.to_owned() };
    let calls = tree.subtree(tree.id_of(&*list.elt)).any(|id| tree[id].is_expr_call());
    let note = "what is called for an element must raise no `StopIteration`, and must not depend on \
                all being called before the first is taken";
    Fix {
        safety: if calls { Safety::Unsafe } else { Safety::Safe },
        note: calls.then(|| note.to_owned()),
        edits: vec![
            bracket(TextRange::at(start, TextSize::new(1)), open),
            bracket(TextRange::new(end - TextSize::new(1), end), close),
        ],
    }
}

/// Whether a comma stands behind the only argument, which no bare generator expression takes.
fn follows_comma(tree: &Tree<'_>, call: &ExprCall, list: &ExprListComp) -> bool {
    tree.source().slice(TextRange::new(list.end(), call.end())).contains(',')
}
