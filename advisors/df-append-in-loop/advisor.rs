//! `frame = pd.concat([frame, more])` in a loop: all that was gathered is copied on every turn.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, Variable};
use crate::words::{code, line, listed, sighting};
use crate::{Advisor, Callee, Case, Evidence, Finding, Worth};

/// Share of the run that must be spent on putting frames together.
const MIN_SHARE: f64 = 0.03;

/// Turns of a loop that nobody counted.
const TYPICAL_TURNS: u64 = 300;

const CONCAT: &[&str] = &["pandas.core.reshape.concat:concat"];

pub(crate) struct DfAppendInLoop;

impl Advisor for DfAppendInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        let calls = calls.filter(|(_, call)| case.tree.calls_one_of(call, &["pandas.concat"]));
        calls.filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let (statement, target) = assigned_to(tree, id, call)?;
    let name = target.name;
    let end = joins(tree, call, target)?;
    let loops = gathering(tree, target, statement);
    if loops.iter().all(|&repeated| tree.takes_few_turns(repeated)) {
        return None;
    }
    let concats = |it: &Callee| it.is_one_of(CONCAT) && it.direct_samples > 0;
    let below = case.below_on(&[call.range()], concats);
    let (heat, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let operand = case.operand(call.range(), name).filter(|it| it.type_name == "DataFrame");
    let mut because: Vec<String> = operand.iter().map(sighting).collect();
    let lines = loops.iter().rev().map(|&it| line(case.source, tree.range(tree.loop_extent(it))));
    let lines: Vec<String> = lines.collect();
    let around = match &*lines {
        [one] => format!("the loop on {one}"),
        several => format!("the loops on {}", listed(several)),
    };
    because.push(format!(
        "Every turn of {around} makes a new frame and copies all that `{name}` holds into it: twice \
         as many turns take up to four times as long."
    ));
    because.push(format!(
        "Gather the parts in a list (`parts.append(...)`) and put them together once, after the \
         loop on {}: `{name} = {}`. Of single rows gather dicts, and make one part of them: \
         `pd.DataFrame(rows)`.",
        lines.first()?,
        put_together(case, call, name, end)
    ));
    let mut evidence = vec![callee.evidence(&heat)];
    evidence.extend(operand.map(Evidence::Operand));
    Some(Finding {
        range: call.range(),
        title: format!("`{name}` is copied whole for every part that is added to it"),
        because,
        heat,
        evidence,
        worth: Worth::Time(case.gain(&heat, None, TYPICAL_TURNS)?),
        fix: None,
    })
}

/// The statement that gives a call's result a name, and the variable.
fn assigned_to<'a>(tree: &Tree<'a>, id: Id, call: &ExprCall) -> Option<(Id, Variable<'a>)> {
    let statement = tree.statement(id)?;
    let AnyNodeRef::StmtAssign(assign) = tree[statement] else { return None };
    let [target @ Expr::Name(_)] = &*assign.targets else { return None };
    let all = assign.value.range() == call.range();
    Some((statement, tree.variable(tree.id_of(target)).filter(|_| all)?))
}

/// Where the gathered frame stands among what is put together.
#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

/// At which end of what is put together the variable is.
fn joins<'a>(tree: &Tree<'a>, call: &ExprCall, target: Variable<'a>) -> Option<End> {
    let objects = match call.arguments.find_argument_value("objs", 0)? {
        Expr::List(list) => &*list.elts,
        Expr::Tuple(tuple) => &*tuple.elts,
        _ => return None,
    };
    let is_target = |part: &Expr| {
        part.is_name_expr() && tree.variable(tree.id_of(part)).is_some_and(|it| it == target)
    };
    let [first, between @ .., last] = objects else { return None };
    if call.arguments.find_keyword("axis").is_some() || between.iter().any(is_target) {
        return None;
    }
    match (is_target(first), is_target(last)) {
        (true, false) => Some(End::First),
        (false, true) => Some(End::Last),
        _ => None,
    }
}

/// The call that puts the gathered parts together in the order of the loop's calls, with what there was
/// before the loop.
fn put_together(case: &Case<'_>, call: &ExprCall, name: &str, end: End) -> String {
    let parts = match end {
        End::First => format!("[{name}, *parts]"),
        End::Last => format!("[*reversed(parts), {name}]"),
    };
    let others = call.arguments.keywords.iter();
    let others = others.filter(|it| it.arg.as_ref().is_none_or(|name| name.as_str() != "objs"));
    let others: String = others.map(|it| format!(", {}", code(case.source, it.range()))).collect();
    format!("{}({parts}{others})", code(case.source, call.func.range()))
}

/// The loops that do nothing with the variable but to add to it in that statement, innermost first: it
/// has what it starts with before the outermost of them.
fn gathering<'a>(tree: &Tree<'a>, target: Variable<'a>, adds: Id) -> Vec<Id> {
    let loops = tree.loops(adds).into_iter();
    loops.take_while(|&repeated| only_grows(tree, target, adds, repeated)).collect()
}

/// Whether the loop does nothing with the variable but to add to it in that statement.
fn only_grows<'a>(tree: &Tree<'a>, target: Variable<'a>, adds: Id, repeated: Id) -> bool {
    let extent = tree.loop_extent(repeated);
    let within = |id: &Id| tree.contains(extent, *id);
    let mut mentions = tree.mentions(target).into_iter().filter(within);
    mentions.all(|mention| tree.contains(adds, mention))
}
