//! `key=lambda row: row[1]`, which `operator` has in C.

use ruff_python_ast::{Expr, ExprCall, ExprLambda};
use ruff_text_size::Ranged;

use crate::shape::{Tree, called_name, is_builtin_call, is_constant};
use crate::words::{code, sighting};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Safety, Worth, rewrite};

/// Share of the run that must be spent in the lambda.
const MIN_SHARE: f64 = 0.03;

/// Rows that are expected where they were not seen.
const TYPICAL: u64 = 1_000;

pub(crate) struct LambdaKey;

impl Advisor for LambdaKey {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.all_calls().filter_map(|(_, call)| finding(case, call)).collect()
    }
}

fn finding(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let key = call.arguments.find_keyword("key")?.value.as_lambda_expr()?;
    if !takes_a_key(case.tree, call) {
        return None;
    }
    let getter = Getter::of(case, key)?;
    let own_work = case
        .callees(key.body.range())
        .into_iter()
        .any(|callee| callee.direct_samples > 0 && callee.own_name() != "<lambda>");
    let (inside, callee) = case.below_lambda(call, key).filter(|(it, _)| it.share >= MIN_SHARE)?;
    // Without columns other work of the line cannot be told from the call's.
    let heat = case.heat_on(&[call.range()]).filter(|heat| heat.columns).unwrap_or(inside);
    if own_work {
        return None;
    }
    let rows =
        rows(call).and_then(|rows| case.operand(call.range(), &code(case.source, rows.range())));
    let lengths = rows.as_ref().and_then(|operand| operand.lengths);
    let text = getter.text();
    let lambda = code(case.source, key.range());
    let mut because: Vec<String> = rows.iter().map(sighting).collect();
    because.push(format!(
        "The lambda is called for every element. `{text}` does the same in C (`from operator import \
         {}`).",
        getter.name
    ));
    Some(Finding {
        range: call.range(),
        title: format!("`{lambda}` is a call of Python code for every element"),
        because,
        heat,
        evidence: std::iter::once(callee.evidence(&inside))
            .chain(rows.map(Evidence::Operand))
            .collect(),
        worth: Worth::Time(case.gain(&heat, lengths.map(|it| it.median), TYPICAL)?),
        fix: fix(case, key, &getter),
    })
}

/// Whether the call is one of those of the standard library that call `key` for every element.
fn takes_a_key(tree: &Tree<'_>, call: &ExprCall) -> bool {
    ["sorted", "min", "max"].iter().any(|name| is_builtin_call(tree, call, name))
        || tree.calls_one_of(call, &["heapq.nlargest", "heapq.nsmallest"])
        || (call.func.is_attribute_expr()
            && called_name(call) == Some("sort")
            && call.arguments.args.is_empty())
}

/// What is gone through, where that is one name or attribute.
fn rows(call: &ExprCall) -> Option<&Expr> {
    match &*call.func {
        Expr::Attribute(method) if method.attr.as_str() == "sort" => Some(&method.value),
        _ => call.arguments.args.last(),
    }
}

/// A getter of `operator` that does what a lambda does.
struct Getter {
    name: &'static str,
    arguments: Vec<String>,
}

impl Getter {
    fn of(case: &Case<'_>, lambda: &ExprLambda) -> Option<Self> {
        let parameters = lambda.parameters.as_deref()?;
        let [parameter] = &*parameters.args else { return None };
        if parameters.len() != 1 || parameter.default.is_some() {
            return None;
        }
        let name = parameter.parameter.name.as_str();
        let parts = match &*lambda.body {
            Expr::Tuple(tuple) if tuple.elts.len() >= 2 => tuple.elts.iter().collect(),
            body => vec![body],
        };
        let items = || parts.iter().map(|part| item(case, part, name)).collect::<Option<Vec<_>>>();
        let attributes =
            || parts.iter().map(|part| attribute(part, name)).collect::<Option<Vec<_>>>();
        let item = items().map(|arguments| Self { name: "itemgetter", arguments });
        item.or_else(|| {
            let quoted = |path: String| format!("\"{path}\"");
            let arguments = attributes()?.into_iter().map(quoted).collect();
            Some(Self { name: "attrgetter", arguments })
        })
    }

    fn text(&self) -> String {
        format!("{}({})", self.name, self.arguments.join(", "))
    }
}

/// The `1` of `row[1]`.
fn item(case: &Case<'_>, part: &Expr, row: &str) -> Option<String> {
    let subscript = part.as_subscript_expr()?;
    let plain = is_name(&subscript.value, row) && is_constant(&subscript.slice);
    plain.then(|| code(case.source, subscript.slice.range()))
}

/// The `a.b` of `row.a.b`.
fn attribute(part: &Expr, row: &str) -> Option<String> {
    let attribute = part.as_attribute_expr()?;
    let own = attribute.attr.as_str();
    // The names of a class's private attributes are not those that are written.
    if own.starts_with("__") && !own.ends_with("__") {
        return None;
    }
    if is_name(&attribute.value, row) {
        return Some(own.to_owned());
    }
    Some(format!("{}.{own}", self::attribute(&attribute.value, row)?))
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Name(it) if it.id.as_str() == name)
}

/// The getter in the lambda's place, and its import, where the file does not use that name yet.
fn fix(case: &Case<'_>, key: &ExprLambda, getter: &Getter) -> Option<Fix> {
    let tree = case.tree;
    if tree.is_taken(getter.name) {
        return None;
    }
    let import = rewrite::import(case.source, &format!("from operator import {}", getter.name));
    let replaced = Edit { range: key.range(), text: getter.text() };
    let edits = import.into_iter().chain([replaced]).collect();
    Some(Fix { safety: Safety::Safe, note: None, edits })
}
