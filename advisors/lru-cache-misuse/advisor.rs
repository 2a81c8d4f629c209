//! Caches that are made anew for every call, and caches that keep instances alive.

use ruff_python_ast::{AnyNodeRef, Expr, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use crate::repeats::Repeats;
use crate::shape::{BindingKind, Id, Tree, Variable, call_of};
use crate::words::line;
use crate::{Advisor, Case, Evidence, Finding, Worth};

/// Below this part of the calls that surely come back a cache that lasts is not proposed.
const MIN_RATE: f64 = 0.3;

/// The size of the pair for which the least is saved.
const LEAST_WORK: u64 = 20;

/// Results that `lru_cache` keeps when nothing is said.
const KEPT: u64 = 128;

const CACHES: &[&str] = &["functools.cache", "functools.lru_cache"];

pub(crate) struct LruCacheMisuse;

impl Advisor for LruCacheMisuse {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let functions = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) => Some((id, def)),
            _ => None,
        });
        functions
            .filter_map(|(id, def)| {
                let cache = def.decorator_list.iter().map(|it| &it.expression);
                let cache = cache.into_iter().find(|it| is_cache(tree, it))?;
                match tree.class_of(id) {
                    Some(class) => keeps_instances(case, class, def, cache),
                    None => never_hits(case, id, def, cache),
                }
            })
            .collect()
    }
}

/// `@cache`, `@lru_cache` and `@lru_cache(...)`
fn is_cache(tree: &Tree<'_>, decorator: &Expr) -> bool {
    let function = match decorator {
        Expr::Call(call) => &call.func,
        plain => plain,
    };
    tree.dotted(function).is_some_and(|path| CACHES.contains(&path.as_str()))
}

/// A function that is made, with its cache, by every call of the one around it, and called once.
fn never_hits(
    case: &Case<'_>,
    function: Id,
    def: &StmtFunctionDef,
    cache: &Expr,
) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::StmtFunctionDef(outer) = tree[tree.function(function)] else { return None };
    let [_] = &*def.decorator_list else { return None };
    let call = only_call(tree, function, def)?;
    let heat = case.heat(def.range())?;
    let repeats = case.repeats(function, def).filter(|it| it.rate().share_low >= MIN_RATE)?;
    // What it uses of the function around it would be other values the next time.
    tree.pure_functions(function)?;
    let gain = repeats.gain(case, &heat, LEAST_WORK)?;
    let (name, around) = (&def.name, &outer.name);
    Some(Finding {
        range: cache.range(),
        title: format!("The cache of `{name}` is made anew by every call of `{around}`"),
        because: vec![
            format!(
                "`{around}` defines `{name}` and calls it once, on {}: by then its cache is empty, \
                 and after that it is gone.",
                line(case.source, tree.range(call))
            ),
            repeats.sentence(),
            advice(&repeats, name, around),
        ],
        heat,
        evidence: vec![repeats.evidence()],
        worth: Worth::Time(gain),
        fix: None,
    })
}

fn advice(repeats: &Repeats, name: &str, around: &str) -> String {
    format!(
        "Define `{name}` outside of `{around}`, with `@functools.{}`: it uses nothing of it.",
        repeats.decorator()
    )
}

/// The one mention of an inner function, if that calls it, outside of loops and of other functions.
fn only_call(tree: &Tree<'_>, function: Id, def: &StmtFunctionDef) -> Option<Id> {
    let variable = Variable { scope: tree.scope(function), name: def.name.as_str() };
    let [binding] = tree.bindings(variable) else { return None };
    let mentions = tree.mentions(variable);
    let [mention] = mentions[..] else { return None };
    let call = tree.parent(mention)?;
    let called = call_of(tree, call)?.func.range() == tree.range(mention);
    let once = tree.loops(call).is_empty() && tree.function(call) == tree.function(function);
    (called && once && binding.kind == BindingKind::Definition).then_some(call)
}

/// A cache whose keys hold the instances, of which there are many.
fn keeps_instances(
    case: &Case<'_>,
    class: Id,
    def: &StmtFunctionDef,
    cache: &Expr,
) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::StmtClassDef(of) = tree[class] else { return None };
    let own = def.parameters.args.first().is_some_and(|it| it.parameter.name.as_str() == "self");
    if !own || def.decorator_list.len() > 1 || may_be_equal(tree, class) {
        return None;
    }
    let name = of.name.as_str();
    let made = made_in_loop(tree, class, name).or_else(|| made_often(case, class, def, name))?;
    let spots: [TextRange; 2] = [def.range(), tree.range(made)];
    let heat = case.heat_within(&spots)?;
    let (name, share) = (&def.name, (heat.share * 100.0).round());
    let alone = def.parameters.args.len() == 1 && def.parameters.kwonlyargs.is_empty();
    let advice = match alone {
        true => format!(
            "`functools.cached_property` keeps the result in the instance, which goes with it; \
             callers then write `{name}` without the parentheses."
        ),
        false => format!(
            "Cache a function of the values that `{name}` works on, outside of the class, and let \
             `{name}` call it."
        ),
    };
    Some(Finding {
        range: cache.range(),
        title: format!("The cache of `{name}` keeps instances of `{}` alive", of.name),
        because: vec![
            format!(
                "It belongs to the class, and `self` is part of its keys: of the instances that are \
                 made again and again on {}, {}.",
                line(case.source, tree.range(made)),
                how_many(cache)
            ),
            "One instance never finds what another has computed.".to_owned(),
            advice,
        ],
        heat,
        evidence: vec![Evidence::Fact(format!(
            "{share:.0} % of the run in `{name}` and the making of `{}`",
            of.name
        ))],
        worth: Worth::Correctness,
        fix: None,
    })
}

fn how_many(cache: &Expr) -> String {
    let size = match cache {
        Expr::Call(call) => call.arguments.find_argument_value("maxsize", 0),
        Expr::Name(name) if name.id.as_str() == "cache" => return EVER.to_owned(),
        Expr::Attribute(name) if name.attr.as_str() == "cache" => return EVER.to_owned(),
        _ => None,
    };
    match size {
        Some(Expr::NoneLiteral(_)) => EVER.to_owned(),
        Some(Expr::NumberLiteral(_)) | None => {
            let size = size.and_then(number).unwrap_or(KEPT);
            format!("as many as {size} stay for good")
        }
        Some(_) => "those that were last asked stay for good".to_owned(),
    }
}

const EVER: &str = "every one that was asked stays for good";

fn number(expr: &Expr) -> Option<u64> {
    match &expr.as_number_literal_expr()?.value {
        ruff_python_ast::Number::Int(int) => int.as_u64(),
        _ => None,
    }
}

/// Whether instances may be one key although they are several: then the cache is shared on purpose.
fn may_be_equal(tree: &Tree<'_>, class: Id) -> bool {
    let AnyNodeRef::StmtClassDef(of) = tree[class] else { return true };
    let bases = of.arguments.as_ref().map_or(0, |it| it.args.len() + it.keywords.len());
    let compares = of.body.iter().any(|statement| {
        statement
            .as_function_def_stmt()
            .is_some_and(|it| matches!(it.name.as_str(), "__eq__" | "__hash__" | "__new__"))
    });
    bases > 0 || compares || !of.decorator_list.is_empty()
}

/// Where a loop, around it or around calls of its function, makes instances of a class.
fn made_in_loop(tree: &Tree<'_>, class: Id, name: &str) -> Option<Id> {
    let again = |&call: &Id| tree.loop_around(call).is_some_and(|it| !tree.takes_few_turns(it));
    made(tree, class, name).into_iter().find(again)
}

/// Where so much time goes into the making of instances, each of which takes hardly any, that there
/// are many, whatever loop of whichever file it is that makes them; and the method is hot as well.
fn made_often(case: &Case<'_>, class: Id, def: &StmtFunctionDef, name: &str) -> Option<Id> {
    let tree = case.tree;
    if !is_made_at_once(tree, class) || case.heat(def.range()).is_none() {
        return None;
    }
    let makes_many = |&call: &Id| {
        let spots = case.hotspots_on(&[tree.range(call)]);
        let told = spots.iter().all(|spot| spot.place.columns.is_some());
        let counts = spots.iter().map(|it| it.total_samples.saturating_sub(it.collecting_samples));
        told && case.gated(counts.sum(), 0).is_some()
    };
    made(tree, class, name).into_iter().find(makes_many)
}

/// The calls that make instances of a class, by its name.
fn made(tree: &Tree<'_>, class: Id, name: &str) -> Vec<Id> {
    let variable = Variable { scope: tree.scope(class), name };
    let [binding] = tree.bindings(variable) else { return Vec::new() };
    let calls = tree.mentions(variable).into_iter().filter_map(|mention| {
        let call = tree.parent(mention)?;
        let called = call_of(tree, call)?.func.range() == tree.range(mention);
        (called && binding.node == class).then_some(call)
    });
    calls.collect()
}

/// Whether making an instance is no more than setting its attributes: some hundred nanoseconds.
fn is_made_at_once(tree: &Tree<'_>, class: Id) -> bool {
    let AnyNodeRef::StmtClassDef(of) = tree[class] else { return false };
    let makers = of.body.iter().filter_map(|it| it.as_function_def_stmt());
    let mut makers = makers.filter(|it| it.name.as_str() == "__init__");
    makers.all(|init| {
        let takes_long = |id: Id| {
            matches!(
                tree[id],
                AnyNodeRef::ExprCall(_)
                    | AnyNodeRef::StmtFor(_)
                    | AnyNodeRef::StmtWhile(_)
                    | AnyNodeRef::StmtWith(_)
                    | AnyNodeRef::Comprehension(_)
                    | AnyNodeRef::StmtImport(_)
                    | AnyNodeRef::StmtImportFrom(_)
            )
        };
        init.decorator_list.is_empty()
            && !init.body.iter().any(|it| tree.subtree(tree.id_of(it)).any(takes_long))
    })
}
