//! What is read of something on the turns that make it longer.

use ruff_python_ast::{AnyNodeRef, Expr, ExprContext, ExprSlice, Number, UnaryOp};
use ruff_text_size::TextRange;

use crate::Source;
use crate::shape::{Append, Growing, Id, Target, Tree, Use, is_constant};
use crate::words::{line, listed};

/// The reads that come again and again while something grows.
pub(super) struct Reads {
    /// Whether a turn reads all of it: then it has to be whole on every turn.
    pub(super) whole: bool,
    /// What else is asked for, and where.
    parts: Vec<(&'static str, TextRange)>,
    /// Where all of it is read on some of the turns.
    seldom: Vec<TextRange>,
}

impl Reads {
    pub(super) fn of<'a>(tree: &Tree<'a>, growing: &Growing<'a>, appends: &[&Append<'a>]) -> Self {
        let mut reads = Self { whole: false, parts: Vec::new(), seldom: Vec::new() };
        let builders: Vec<(Id, Id)> =
            appends.iter().flat_map(|append| builders(tree, append.statement)).collect();
        for read in mentions(tree, growing) {
            let comes = comes(tree, read, &builders);
            let range = tree.range(read);
            match (part(tree, read), comes) {
                (_, Comes::Never) => {}
                (Some(part), _) => reads.parts.push((part, range)),
                (None, Comes::EveryTurn) => reads.whole = true,
                (None, Comes::Sometimes) => reads.seldom.push(range),
            }
        }
        reads
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.whole && self.parts.is_empty() && self.seldom.is_empty()
    }

    /// What to do for those that do not need the whole, and what the others cost.
    pub(super) fn remarks(&self, source: &Source) -> Vec<String> {
        let lines = |ranges: &mut dyn Iterator<Item = TextRange>| {
            let mut lines: Vec<String> = ranges.map(|range| line(source, range)).collect();
            lines.dedup();
            listed(&lines)
        };
        let mut asked: Vec<String> = Vec::new();
        for kind in [END, START, LENGTH, EMPTY] {
            let mut of_kind = self.parts.iter().filter(|(it, _)| *it == kind).map(|(_, at)| *at);
            let at = lines(&mut of_kind);
            if !at.is_empty() {
                asked.push(format!("{kind} ({at})"));
            }
        }
        let mut remarks = Vec::new();
        if !asked.is_empty() {
            remarks.push(format!(
                "Keep apart what is asked for while it grows, so that nothing is joined for it: {}.",
                listed(&asked)
            ));
        }
        if !self.seldom.is_empty() {
            let at = lines(&mut self.seldom.iter().copied());
            remarks.push(format!(
                "To read all of it on {at} joins the parts each time: they pay only if that is seldom."
            ));
        }
        remarks
    }
}

const END: &str = "its end";
const START: &str = "its start";
const LENGTH: &str = "its length";
const EMPTY: &str = "whether it is empty";

/// How often a read comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Comes {
    Never,
    Sometimes,
    EveryTurn,
}

/// What makes it longer, and the loop, or for the statement itself the function, that it stands in:
/// the statement, and the calls of its function.
fn builders(tree: &Tree<'_>, statement: Id) -> Vec<(Id, Id)> {
    let function = tree.function(statement);
    let innermost = |id: Id| tree.loops(id).first().copied();
    let own = (statement, innermost(statement).unwrap_or(function));
    let calls = users(tree, function).into_iter();
    let calls = calls.filter_map(|call| Some((call, innermost(call)?)));
    std::iter::once(own).chain(calls).collect()
}

/// Where a function of the file is called or asked for: by its name, or by an attribute that is no
/// other function's.
fn users(tree: &Tree<'_>, function: Id) -> Vec<Id> {
    let AnyNodeRef::StmtFunctionDef(def) = tree[function] else { return Vec::new() };
    let name = def.name.as_str();
    let is_method = tree.class_of(function).is_some();
    let named =
        |id: &Id| matches!(tree[*id], AnyNodeRef::StmtFunctionDef(it) if it.name == def.name);
    if is_method && tree.ids().filter(named).count() > 1 {
        return Vec::new();
    }
    let mentions = tree.ids().filter(|&id| match tree[id] {
        AnyNodeRef::ExprAttribute(it) => {
            is_method && it.attr.as_str() == name && it.ctx == ExprContext::Load
        }
        AnyNodeRef::ExprName(it) => {
            !is_method
                && it.id.as_str() == name
                && it.ctx == ExprContext::Load
                && tree.variable(id).is_some_and(|it| it.scope == tree.scope(function))
        }
        _ => false,
    });
    mentions.collect()
}

/// Where the value is read, the statements that add to it left out.
fn mentions<'a>(tree: &Tree<'a>, growing: &Growing<'a>) -> Vec<Id> {
    let adds = |id: Id| growing.appends.iter().any(|it| it.old == Some(tree.range(id)));
    let loads: Vec<Id> = match growing.target {
        Target::Variable(variable) => {
            let loads = |id: &Id| tree[*id].as_expr_name().is_some_and(|it| it.ctx.is_load());
            tree.mentions(variable).into_iter().filter(loads).collect()
        }
        Target::Item(within) => {
            let loads = |id: &Id| tree[*id].as_expr_subscript().is_some_and(|it| it.ctx.is_load());
            let is_it = |id: &Id| tree.text(*id) == growing.expression;
            tree.subtree(within).filter(loads).filter(is_it).collect()
        }
        Target::Attribute(within) => {
            let Some((_, name)) = growing.expression.rsplit_once('.') else { return Vec::new() };
            let loads = |id: &Id| match tree[*id] {
                AnyNodeRef::ExprAttribute(it) if it.ctx.is_load() && it.attr.as_str() == name => {
                    let inside = tree.contains(within, *id);
                    let of_self = it.value.as_name_expr().is_some_and(|it| it.id == "self");
                    if inside { tree.text(*id) == growing.expression } else { !of_self }
                }
                _ => false,
            };
            tree.ids().filter(loads).collect()
        }
    };
    loads.into_iter().filter(|&id| !adds(id)).collect()
}

/// How often a read comes between two additions, by itself or through the function that it stands in.
fn comes(tree: &Tree<'_>, read: Id, builders: &[(Id, Id)]) -> Comes {
    let through = users(tree, tree.function(read));
    let places = std::iter::once(read).chain(through);
    let rare = is_conditional(tree, read, tree.function(read));
    let each = places.flat_map(|place| {
        builders.iter().map(move |&(builder, around)| {
            let beside = tree.function(place) == tree.function(builder)
                && match tree[around] {
                    AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::ExprLambda(_) => true,
                    _ => tree.loops(place).contains(&around),
                };
            match (beside, (place != read && rare) || is_conditional(tree, place, around)) {
                (false, _) => Comes::Never,
                (true, true) => Comes::Sometimes,
                (true, false) => Comes::EveryTurn,
            }
        })
    });
    each.max().unwrap_or(Comes::Never)
}

/// Whether something between a node and what is around it decides if the node runs.
fn is_conditional(tree: &Tree<'_>, id: Id, around: Id) -> bool {
    let mut below = id;
    for above in tree.ancestors(id) {
        if above == around {
            return false;
        }
        let is = |expr: &Expr| tree[below].ptr_eq(AnyNodeRef::from(expr));
        let decides = match tree[above] {
            AnyNodeRef::StmtIf(it) => !is(&it.test),
            AnyNodeRef::ExprIf(it) => !is(&it.test),
            AnyNodeRef::ExceptHandlerExceptHandler(_) | AnyNodeRef::MatchCase(_) => true,
            _ => false,
        };
        if decides {
            return true;
        }
        below = above;
    }
    false
}

/// What a read asks for that could be kept apart.
fn part(tree: &Tree<'_>, read: Id) -> Option<&'static str> {
    match tree.use_of(read) {
        Use::Measured => Some(LENGTH),
        Use::Tested => Some(EMPTY),
        Use::Method(name, call) => {
            let AnyNodeRef::ExprCall(call) = tree[call] else { return None };
            let told =
                call.arguments.args.len() == 1 && call.arguments.args.iter().all(is_constant);
            match name {
                "endswith" if told => Some(END),
                "startswith" if told => Some(START),
                _ => None,
            }
        }
        Use::Indexed(item) | Use::Sliced(item) => {
            let AnyNodeRef::ExprSubscript(item) = tree[item] else { return None };
            match &*item.slice {
                Expr::Slice(ExprSlice { lower: Some(from), upper: None, step: None, .. }) => {
                    (place(from)? < 0).then_some(END)
                }
                Expr::Slice(ExprSlice { lower: None, upper: Some(to), step: None, .. }) => {
                    (place(to)? >= 0).then_some(START)
                }
                index => Some(if place(index)? < 0 { END } else { START }),
            }
        }
        Use::Other => match tree[tree.parent(read)?] {
            AnyNodeRef::ExprCompare(compare) => match &*compare.comparators {
                [Expr::StringLiteral(text)] if text.value.is_empty() => Some(EMPTY),
                [Expr::BytesLiteral(bytes)] if bytes.value.is_empty() => Some(EMPTY),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// A number that is written out.
fn place(index: &Expr) -> Option<i64> {
    match index {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(int) => int.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => place(&unary.operand).map(|it| -it),
        _ => None,
    }
}
