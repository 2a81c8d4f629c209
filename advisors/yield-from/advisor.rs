//! `for x in walk(child): yield x` in a generator that walks by calling itself.

use ruff_python_ast::{AnyNodeRef, Expr, Stmt, StmtFor, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::{BindingKind, Id, Tree, Use};
use crate::words::{code, thousands};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Safety, Worth};

/// How many times faster the pair must have been measured to become, at the depth that was seen and
/// at all larger ones: less comes and goes with the shape of the tree.
const WORTH_CHANGING: f64 = 1.15;

pub(crate) struct YieldFrom;

impl Advisor for YieldFrom {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let tree = case.tree;
        let functions = tree.ids().filter_map(|id| match tree[id] {
            AnyNodeRef::StmtFunctionDef(def) if !def.is_async => Some((id, def)),
            _ => None,
        });
        functions.filter_map(|(id, def)| Recursion::of(tree, id, def)?.finding(case)).collect()
    }
}

/// A generator that hands on, one by one, what it yields further down.
struct Recursion<'a> {
    def: &'a StmtFunctionDef,
    relays: Vec<Relay<'a>>,
    /// Whether all that is called is this very generator, which takes no notice of what is sent or
    /// thrown into it.
    certain: bool,
}

/// `for x in walk(child): yield x`
struct Relay<'a> {
    statement: &'a StmtFor,
    /// `yield x`
    handed: &'a Expr,
    /// From the iterable to the body, as far as it is not on the loop's first line.
    body: TextRange,
}

impl<'a> Recursion<'a> {
    fn of(tree: &Tree<'a>, id: Id, def: &'a StmtFunctionDef) -> Option<Self> {
        let own: Vec<Id> = tree.subtree(id).filter(|&it| tree.function(it) == id).collect();
        let loops = own.iter().filter_map(|&it| match tree[it] {
            AnyNodeRef::StmtFor(statement) if calls_itself(tree, id, def, &statement.iter) => {
                Some((it, statement))
            }
            _ => None,
        });
        let relays: Vec<(Id, Relay<'a>)> =
            loops.filter_map(|(it, statement)| Some((it, Relay::of(tree, statement)?))).collect();
        let plain = !relays.is_empty()
            && own.iter().all(|&it| !is_value_of_yield(tree, it))
            && relays.iter().all(|(it, _)| !is_guarded(tree, id, *it))
            && def.decorator_list.iter().all(|decorator| is_of_class(&decorator.expression));
        let loops: Vec<Id> = relays.iter().map(|(it, _)| *it).collect();
        let kept = |(_, relay): &(Id, Relay<'a>)| relay.is_kept(tree, id, &loops);
        if !plain || relays.iter().any(kept) {
            return None;
        }
        let takes_notice = |it: Id| match tree[it] {
            AnyNodeRef::ExprYieldFrom(inner) => !calls_itself(tree, id, def, &inner.value),
            AnyNodeRef::ExprYield(_) => is_guarded(tree, id, it),
            _ => false,
        };
        let certain = tree.class_of(id).is_none() && !own.iter().any(|&it| takes_notice(it));
        Some(Self { def, relays: relays.into_iter().map(|(_, relay)| relay).collect(), certain })
    }

    fn finding(&self, case: &Case<'_>) -> Option<Finding> {
        let places: Vec<TextRange> =
            self.relays.iter().flat_map(|relay| relay.places(case.tree)).collect();
        let heat = case.heat_on(&places).filter(|heat| heat.columns)?;
        let depth = case.depth(&places).round() as u64;
        case.gains.pays_from(case.python, WORTH_CHANGING).filter(|&from| depth >= from)?;
        let gain = case.gain(&heat, Some(depth), depth)?;
        let first = self.relays.first()?;
        let call = code(case.source, first.statement.iter.range());
        let name = &self.def.name;
        let frames = thousands(depth);
        Some(Finding {
            range: first.statement.iter.range(),
            title: format!(
                "Every item of `{call}` is handed on by a loop, some {frames} generators deep"
            ),
            because: vec![
                format!(
                    "`{name}` was within itself, {frames} deep on average, while it handed items on."
                ),
                format!(
                    "`yield from {call}` hands on without a turn of a loop in each. Every item still \
                     passes through all of them: a stack in place of the recursion, or a list that is \
                     handed down, would save that too."
                ),
            ],
            heat,
            evidence: vec![Evidence::Fact(format!(
                "`{name}` within itself, {frames} deep on average"
            ))],
            worth: Worth::Time(gain),
            fix: Some(self.fix()),
        })
    }

    fn fix(&self) -> Fix {
        const CHECK: &str = "nobody may send values or throw exceptions into the generators";
        Fix {
            safety: if self.certain { Safety::Safe } else { Safety::Unsafe },
            note: (!self.certain).then(|| CHECK.to_owned()),
            edits: self.relays.iter().flat_map(Relay::edits).collect(),
        }
    }
}

impl<'a> Relay<'a> {
    fn of(tree: &Tree<'a>, statement: &'a StmtFor) -> Option<Self> {
        let [Stmt::Expr(only)] = &*statement.body else { return None };
        let handed = &*only.value;
        let (Expr::Name(target), Expr::Yield(value)) = (&*statement.target, handed) else {
            return None;
        };
        let same = matches!(value.value.as_deref(), Some(Expr::Name(name)) if name.id == target.id);
        let plain = same && statement.orelse.is_empty() && !statement.is_async;
        let source = tree.source();
        let between = |start: TextSize, end: TextSize| source.slice(TextRange::new(start, end));
        let iterable = statement.iter.range();
        let after = between(iterable.end(), handed.start()).strip_prefix(':')?;
        let line = after.find(['\r', '\n']).map_or("", |end| &after[..end]);
        let without_comments = !after[line.len()..].contains('#');
        let body =
            TextRange::new(iterable.end() + TextSize::of(':') + TextSize::of(line), only.end());
        let written = between(target.end(), iterable.start()).trim() == "in" && without_comments;
        (plain && written).then_some(Self { statement, handed, body })
    }

    /// Where CPython has the instructions of the loop.
    fn places(&self, tree: &Tree<'_>) -> Vec<TextRange> {
        let mut places = tree.next_places(tree.id_of(self.statement));
        places.extend([self.statement.target.range(), self.handed.range()]);
        places.push(self.statement.body[0].range());
        places.dedup();
        places
    }

    /// Whether the loop's variable may be asked for elsewhere: it is not bound without the loop.
    fn is_kept(&self, tree: &Tree<'a>, function: Id, relays: &[Id]) -> bool {
        let Some(variable) = tree.root(&self.statement.target) else { return true };
        let binds_anew = |around: Id| match tree[around] {
            AnyNodeRef::StmtFor(other) => tree.root(&other.target) == Some(variable),
            _ => false,
        };
        let is_own = |mention: Id| {
            let loops = tree.loops(mention);
            matches!(tree.use_of(mention), Use::Bound(_))
                || loops.iter().any(|around| relays.contains(around) || binds_anew(*around))
        };
        tree.scope_node(variable.scope) != function
            || tree.may_be_looked_up_by_name(variable.scope)
            || tree.bindings(variable).iter().any(|binding| binding.kind != BindingKind::Target)
            || !tree.mentions(variable).into_iter().all(is_own)
    }

    fn edits(&self) -> Vec<Edit> {
        let iterable = self.statement.iter.range();
        let colon = TextRange::at(iterable.end(), TextSize::of(':'));
        vec![
            Edit {
                range: TextRange::new(self.statement.start(), iterable.start()),
                text: "yield from ".to_owned(),
            },
            Edit { range: colon, text: String::new() },
            Edit { range: self.body, text: String::new() },
        ]
    }
}

/// Whether an expression calls the function that it stands in, by its own name or as a method.
fn calls_itself(tree: &Tree<'_>, id: Id, def: &StmtFunctionDef, expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    match &*call.func {
        Expr::Name(_) => tree.function_named(&call.func) == Some(id),
        Expr::Attribute(method) => {
            method.attr.as_str() == def.name.as_str() && tree.class_of(id).is_some()
        }
        _ => false,
    }
}

fn is_of_class(decorator: &Expr) -> bool {
    matches!(decorator, Expr::Name(name) if matches!(name.id.as_str(), "classmethod" | "staticmethod"))
}

/// Whether that is a `yield` of which something is made: it takes what is sent into the generator.
fn is_value_of_yield(tree: &Tree<'_>, id: Id) -> bool {
    let alone = tree.parent(id).is_some_and(|it| matches!(tree[it], AnyNodeRef::StmtExpr(_)));
    matches!(tree[id], AnyNodeRef::ExprYield(_)) && !alone
}

/// Whether something of the function would see an exception that is raised there.
fn is_guarded(tree: &Tree<'_>, function: Id, id: Id) -> bool {
    let mut around = tree.ancestors(id).take_while(|&around| around != function);
    around.any(|around| matches!(tree[around], AnyNodeRef::StmtTry(_) | AnyNodeRef::StmtWith(_)))
}
