//! Lists that are added up to one, each addition copying all of the last.

use ruff_python_ast::{Expr, ExprCall, Operator};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, is_builtin_call};
use crate::words::{code, sighting, thousands};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth, rewrite};

/// Lists below which it makes little difference.
const MIN_LISTS: u64 = 50;

pub(crate) struct FlattenConcat;

impl Advisor for FlattenConcat {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.all_calls().filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let lists = lists(case.tree, call)?;
    let spots = case.hotspots_on(&[call.range()]);
    let own: u64 = spots.iter().map(|spot| spot.self_samples).sum();
    let heat = case.gated(own, own)?;
    let seen = seen(case, call, lists)?;
    let count = seen.lengths?.median;
    if count < MIN_LISTS {
        return None;
    }
    let text = code(case.source, lists.range());
    let flat = format!("list(itertools.chain.from_iterable({}))", case.source.slice(lists.range()));
    Some(Finding {
        range: call.range(),
        title: format!(
            "`{}` adds up {} lists, each time copying what it has so far",
            code(case.source, call.range()),
            thousands(count)
        ),
        because: vec![
            sighting(&seen),
            "A sum of two lists is a new list with all elements of both: the elements of the first \
             are copied again for every list that follows."
                .to_owned(),
            format!("`list(itertools.chain.from_iterable({text}))` copies each element once."),
        ],
        worth: Worth::Time(case.gain(&heat, Some(count), count)?),
        heat,
        evidence: vec![Evidence::Operand(seen)],
        fix: fix(case, id, flat),
    })
}

/// The lists that a call adds up: of `sum(lists, [])` and `reduce(operator.add, lists)`.
fn lists<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<&'a Expr> {
    let arguments = &call.arguments;
    let (first, second) =
        (arguments.find_positional(0)?, arguments.find_argument_value("start", 1));
    if is_builtin_call(tree, call, "sum") && arguments.len() == 2 && second.is_some_and(is_empty) {
        return Some(first);
    }
    let starts_empty = match &*arguments.args {
        [_, _] => true,
        [_, _, start] => is_empty(start),
        _ => false,
    };
    let is_reduced = tree.calls_one_of(call, &["functools.reduce"])
        && arguments.keywords.is_empty()
        && starts_empty
        && adds(tree, first);
    is_reduced.then(|| &arguments.args[1])
}

fn is_empty(start: &Expr) -> bool {
    matches!(start, Expr::List(list) if list.elts.is_empty())
}

/// `operator.add` or `lambda a, b: a + b`.
fn adds(tree: &Tree<'_>, function: &Expr) -> bool {
    match function {
        Expr::Lambda(lambda) => {
            matches!(&*lambda.body, Expr::BinOp(sum) if sum.op == Operator::Add
                && sum.left.is_name_expr() && sum.right.is_name_expr())
        }
        function => {
            matches!(tree.dotted(function).as_deref(), Some("operator.add" | "operator.concat"))
        }
    }
}

/// The lists, when they were seen to be lists; or what as many of them are made of.
fn seen(case: &Case<'_>, call: &ExprCall, lists: &Expr) -> Option<Operand> {
    let operand = |expr: &Expr| case.operand(call.range(), case.source.slice(expr.range()));
    let made = match lists {
        Expr::Generator(made) => Some((&made.generators, &made.elt)),
        Expr::ListComp(made) => Some((&made.generators, &made.elt)),
        _ => None,
    };
    match (made, lists) {
        (Some((clauses, _)), _) => match &clauses[..] {
            [clause] if clause.ifs.is_empty() && !clause.is_async => operand(&clause.iter),
            _ => None,
        },
        (None, Expr::Call(values)) => match &*values.func {
            Expr::Attribute(method) if method.attr.as_str() == "values" => {
                operand(&method.value).filter(|dict| dict.type_name == "dict")
            }
            _ => None,
        },
        (None, lists) => operand(lists).filter(|seen| {
            matches!(seen.type_name.as_str(), "list" | "tuple")
                && !seen.elements.is_empty()
                && seen.elements.iter().all(|element| element == "list")
        }),
    }
}

fn fix(case: &Case<'_>, id: Id, text: String) -> Option<Fix> {
    let import = rewrite::import(case.source, "import itertools");
    if import.is_some() && case.tree.is_taken("itertools") {
        return None;
    }
    let call = Edit { range: case.tree.range(id), text };
    Some(Fix {
        safety: Safety::Unsafe,
        note: Some("what is added up must be plain lists".to_owned()),
        edits: import.into_iter().chain([call]).collect(),
    })
}
