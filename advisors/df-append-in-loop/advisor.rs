//! `frame = pd.concat([frame, more])` in a loop: all that was gathered is copied on every turn.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree, Variable};
use crate::words::{line, sighting};
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
    if !joins(tree, call, target) {
        return None;
    }
    let repeated = *tree.loops(statement).first()?;
    if tree.takes_few_turns(repeated) || !only_grows(tree, target, statement, repeated) {
        return None;
    }
    let concats = |it: &Callee| it.is_one_of(CONCAT) && it.direct_samples > 0;
    let below = case.below_on(&[call.range()], concats);
    let (heat, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let operand = case.operand(call.range(), name).filter(|it| it.type_name == "DataFrame");
    let mut because: Vec<String> = operand.iter().map(sighting).collect();
    because.push(format!(
        "Every turn of the loop on {} makes a new frame and copies all that `{name}` holds into it: \
         twice as many turns take up to four times as long.",
        line(case.source, tree.range(repeated))
    ));
    because.push(format!(
        "Gather the parts in a list (`parts.append(...)`) and put them together once, after the \
         loop: `{name} = pd.concat(parts)`. Of single rows gather dicts, and make the frame of them: \
         `pd.DataFrame(rows)`."
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

/// Whether the variable is among what is put together.
fn joins<'a>(tree: &Tree<'a>, call: &ExprCall, target: Variable<'a>) -> bool {
    let parts = match call.arguments.find_argument_value("objs", 0) {
        Some(Expr::List(list)) => &list.elts,
        Some(Expr::Tuple(tuple)) => &tuple.elts,
        _ => return false,
    };
    let axis = call.arguments.find_keyword("axis");
    let is_target = |part: &Expr| {
        part.is_name_expr() && tree.variable(tree.id_of(part)).is_some_and(|it| it == target)
    };
    axis.is_none() && parts.len() >= 2 && parts.iter().any(is_target)
}

/// Whether the loop does nothing with the variable but to add to it in that statement.
fn only_grows<'a>(tree: &Tree<'a>, target: Variable<'a>, adds: Id, repeated: Id) -> bool {
    let extent = tree.loop_extent(repeated);
    let within = |id: &Id| tree.contains(extent, *id);
    let mut mentions = tree.mentions(target).into_iter().filter(within);
    mentions.all(|mention| tree.contains(adds, mention))
}
