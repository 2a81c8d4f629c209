//! `try: d[key]` with a handler that runs so often that asking first is faster.

use ruff_python_ast::{AnyNodeRef, ExceptHandler, Expr, ExprSubscript, Stmt, StmtTry};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, is_constant, is_simple};
use crate::words::{code, sighting};
use crate::{
    Advisor, Case, Edit, Evidence, Finding, Fix, Gain, Heat, Operand, Ratio, Safety, Worth,
};

/// Share of the run that the statement must take, and that of its handler.
const MIN_SHARE: f64 = 0.05;
const MIN_HANDLER: f64 = 0.02;

/// Part of the time in the statement that the handler, which does next to nothing, takes when a fifth of
/// the lookups or more fail, as many as surely pay: where two thirds do, it is seldom found to be less.
/// Measured on CPython 3.11, 3.13 and 3.15: 0.13 to 0.19 at one miss in ten, 0.17 to 0.25 at one in five,
/// 0.30 to 0.35 at one in two.
const MIN_PART: f64 = 0.20;

/// What that part must be at the least, as far as so few samples tell: some lookups in a hundred fail
/// in most programs.
const SURE_PART: f64 = 0.13;

/// Misses in a hundred of a handler with that part: at the least, as expected, and at the most.
const MISSES: [u64; 3] = [20, 50, 100];

pub(crate) struct ExceptionsAsControlFlow;

impl Advisor for ExceptionsAsControlFlow {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let tries = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtTry(statement) => Some((id, statement)),
            _ => None,
        });
        tries.filter_map(|(id, statement)| finding(case, id, statement)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, statement: &StmtTry) -> Option<Finding> {
    let ([body], [ExceptHandler::ExceptHandler(handler)]) =
        (&*statement.body, &*statement.handlers)
    else {
        return None;
    };
    if !statement.orelse.is_empty() || !statement.finalbody.is_empty() || handler.name.is_some() {
        return None;
    }
    handler.type_.as_deref().filter(|it| is_builtin(case, it, "KeyError"))?;
    let [answer] = &*handler.body else { return None };
    let lookup = lookup(body)?;
    if !is_cheap(answer) || !is_simple(&lookup.slice) {
        return None;
    }
    let heat = case.heat(statement.range()).filter(|heat| heat.columns)?;
    let handling = case.heat(handler.range())?;
    let part = Heat::of(handling.samples, handling.self_samples, heat.samples);
    if heat.share < MIN_SHARE
        || handling.share < MIN_HANDLER
        || part.share < MIN_PART
        || part.share_low < SURE_PART
    {
        return None;
    }
    let name = code(case.source, lookup.value.range());
    let table = case.operand(lookup.range(), &name)?;
    if table.type_name != "dict" {
        return None;
    }
    let gain = gain(case, &heat)?;
    let text = code(case.source, lookup.range());
    Some(Finding {
        range: lookup.range(),
        title: format!("`{text}` fails so often that asking first is faster"),
        because: because(&table, &name, lookup, case),
        heat,
        evidence: vec![
            Evidence::Fact(format!(
                "{:.0} % of the run in the handler alone",
                (handling.share * 100.0).round()
            )),
            Evidence::Operand(table),
        ],
        worth: Worth::Time(gain),
        fix: fix(case, id, body, lookup, answer),
    })
}

fn is_builtin(case: &Case<'_>, expr: &Expr, builtin: &str) -> bool {
    matches!(expr, Expr::Name(name)
        if name.id.as_str() == builtin && case.tree.variable(case.tree.id_of(name)).is_none())
}

/// The one lookup that a statement makes and that may fail.
fn lookup(body: &Stmt) -> Option<&ExprSubscript> {
    let value = match body {
        Stmt::Assign(assign) if matches!(&*assign.targets, [Expr::Name(_)]) => &*assign.value,
        Stmt::Return(returned) => returned.value.as_deref()?,
        _ => return None,
    };
    match value {
        Expr::Subscript(item) if matches!(&*item.value, Expr::Name(_) | Expr::Attribute(_)) => {
            Some(item)
        }
        _ => None,
    }
}

/// Whether a handler does next to nothing, so that its share tells how often it runs.
fn is_cheap(answer: &Stmt) -> bool {
    match answer {
        Stmt::Pass(_) | Stmt::Continue(_) => true,
        Stmt::Assign(assign) => {
            matches!(&*assign.targets, [Expr::Name(_)]) && is_simple(&assign.value)
        }
        Stmt::Return(returned) => returned.value.as_deref().is_none_or(is_simple),
        _ => false,
    }
}

fn gain(case: &Case<'_>, heat: &Heat) -> Option<Gain> {
    let [least, expected, most] = MISSES.map(|size| case.gains.ratio(case.python, size));
    let ratio = Ratio { value: expected?.value, low: least?.low, high: most?.high };
    let gain = Gain::of(heat, ratio);
    Some(gain).filter(Gain::worth_saying)
}

fn because(table: &Operand, name: &str, lookup: &ExprSubscript, case: &Case<'_>) -> Vec<String> {
    let key = code(case.source, lookup.slice.range());
    vec![
        sighting(table),
        "A `try` costs nothing while all goes well, but an exception is an object with a \
         traceback that is made, raised, compared and dropped: ten times the price of a lookup."
            .to_owned(),
        format!(
            "The handler does next to nothing and yet takes so much of the statement's time that \
             a fifth of the lookups or more must fail. `{name}.get({key})` does not raise."
        ),
    ]
}

/// `try: x = d[k]`, `except KeyError: x = default` becomes `x = d.get(k, default)`.
fn fix(case: &Case<'_>, id: Id, body: &Stmt, lookup: &ExprSubscript, answer: &Stmt) -> Option<Fix> {
    let slice = |range: TextRange| case.source.slice(range);
    let (name, key) = (slice(lookup.value.range()), slice(lookup.slice.range()));
    let get = |default: Option<&Expr>| {
        let constant = default.is_none_or(|it| is_constant(it) || it.is_name_expr());
        let default = default.map_or("None", |it| slice(it.range()));
        constant.then(|| format!("{name}.get({key}, {default})"))
    };
    let text = match (body, answer) {
        (Stmt::Assign(hit), Stmt::Assign(miss)) => {
            let ([target], [other]) = (&*hit.targets, &*miss.targets) else { return None };
            (slice(target.range()) == slice(other.range())).then_some(())?;
            format!("{} = {}", slice(target.range()), get(Some(&miss.value))?)
        }
        (Stmt::Return(_), Stmt::Return(miss)) => format!("return {}", get(miss.value.as_deref())?),
        _ => return None,
    };
    Some(Fix {
        safety: Safety::Unsafe,
        note: Some(format!(
            "`{name}` must always be a plain dict, and comparing or hashing a key must not itself \
             raise `KeyError`"
        )),
        edits: vec![Edit { range: case.tree.range(id), text }],
    })
}
