//! `L.pop(0)`, `del L[0]` and `L = L[1:]` on a long list.

mod queue;

use ruff_python_ast::{AnyNodeRef, Expr, Number};
use ruff_text_size::TextRange;

use crate::shape::{Id, Tree};
use crate::words::{sighting, thousands};
use crate::{Advisor, Case, Evidence, Finding, Heat, Operand, Sight, Worth, words};
use queue::{Owner, Queue};

/// Below this length moving the elements is about as fast as anything else.
const MIN_LENGTH: u64 = 500;

/// The length that is expected of a list that turned out hot but could not be looked at.
const TYPICAL_LENGTH: u64 = 1_000;

pub(crate) struct ListPop0;

impl Advisor for ListPop0 {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        told(case).into_iter().map(|(_, finding)| finding).collect()
    }
}

/// The lists that something is said of, with what.
fn told<'a>(case: &Case<'a>) -> Vec<(Owner<'a>, Finding)> {
    if case.hotspots.is_empty() {
        return Vec::new();
    }
    let tree = case.tree;
    let mut queues: Vec<(Owner<'_>, Vec<Shift>)> = Vec::new();
    for shift in tree.ids().filter_map(|id| shift(tree, id)) {
        let Some(owner) = Owner::of(tree, shift.list) else { continue };
        if case.heat(tree.range(shift.whole)).is_none() {
            continue;
        }
        match queues.iter_mut().find(|(known, _)| *known == owner) {
            Some((_, shifts)) => shifts.push(shift),
            None => queues.push((owner, vec![shift])),
        }
    }
    queues
        .into_iter()
        .filter_map(|(owner, shifts)| Some((owner, finding(tree, case, owner, &shifts)?)))
        .collect()
}

/// Whether a list loses its first elements at such a rate that this advisor tells of it, and of what is
/// put in front of it too.
pub(crate) fn tells_of(case: &Case<'_>, list: Id) -> bool {
    let own = crate::find("list-pop0").map(|entry| &entry.gains);
    let (Some(gains), Some(owner)) = (own, Owner::of(case.tree, list)) else { return false };
    told(&Case { gains, ..*case }).iter().any(|(known, _)| *known == owner)
}

/// `L.insert(0, x)` of the owner's, where it takes time.
fn put_in_front(tree: &Tree<'_>, case: &Case<'_>, owner: Owner<'_>) -> Vec<Shift> {
    let calls =
        tree.all_calls().filter_map(|(id, call)| match (&*call.func, &*call.arguments.args) {
            (Expr::Attribute(method), [index, _])
                if method.attr.as_str() == "insert" && is_integer(index, 0) =>
            {
                let list = tree.id_of(&*method.value);
                (Owner::of(tree, list) == Some(owner)).then_some(Shift { list, whole: id })
            }
            _ => None,
        });
    let own = |shift: &Shift| case.heat_on(&[tree.range(shift.whole)]);
    calls.filter(|shift| own(shift).is_some_and(|heat| case.built_in(heat).is_some())).collect()
}

/// The heat of what takes off, and of what puts in front: list operations that run no Python code of
/// their own, so that no sample is in two of them.
fn heat_together(tree: &Tree<'_>, case: &Case<'_>, taken: &[Shift], put: &[Shift]) -> Option<Heat> {
    let ranges = |shifts: &[Shift]| -> Vec<TextRange> {
        shifts.iter().map(|shift| tree.range(shift.whole)).collect()
    };
    let taking = case.built_in(case.heat_within(&ranges(taken))?)?;
    let putting = case.heat_on(&ranges(put)).filter(|heat| heat.columns && taking.columns);
    let Some(putting) = putting else { return Some(taking) };
    let self_samples = taking.self_samples + putting.self_samples;
    case.gated(taking.samples + putting.self_samples, self_samples)
}

/// One place that takes the first element off a list.
#[derive(Debug, Clone, Copy)]
struct Shift {
    /// The name or attribute of the list, where it is read.
    list: Id,
    /// The call, or the statement.
    whole: Id,
}

impl Shift {
    /// Whether it makes a list of all the others, in place of moving them.
    fn copies(&self, tree: &Tree<'_>) -> bool {
        tree[self.whole].is_stmt_assign()
    }
}

/// The shift that a node is.
fn shift(tree: &Tree<'_>, id: Id) -> Option<Shift> {
    let of =
        |list: &Expr| matches!(list, Expr::Name(_) | Expr::Attribute(_)).then(|| tree.id_of(list));
    match tree[id] {
        AnyNodeRef::ExprCall(call) => match (&*call.func, &*call.arguments.args) {
            (Expr::Attribute(method), [index])
                if method.attr.as_str() == "pop" && is_integer(index, 0) =>
            {
                Some(Shift { list: of(&method.value)?, whole: id })
            }
            _ => None,
        },
        AnyNodeRef::StmtDelete(statement) => match &*statement.targets {
            [Expr::Subscript(item)] if is_integer(&item.slice, 0) => {
                Some(Shift { list: of(&item.value)?, whole: id })
            }
            _ => None,
        },
        AnyNodeRef::StmtAssign(statement) => match (&*statement.targets, &*statement.value) {
            ([target], Expr::Subscript(rest)) if is_all_but_first(&rest.slice) => {
                let text = |expr: &Expr| tree.text(tree.id_of(expr));
                let same = text(target) == text(&rest.value);
                Some(Shift { list: same.then(|| of(&rest.value))??, whole: id })
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_integer(expr: &Expr, value: u8) -> bool {
    matches!(expr, Expr::NumberLiteral(literal)
        if matches!(&literal.value, Number::Int(int) if *int == value))
}

/// `1:`
fn is_all_but_first(slice: &Expr) -> bool {
    matches!(slice, Expr::Slice(slice)
        if slice.lower.as_deref().is_some_and(|lower| is_integer(lower, 1))
            && slice.upper.is_none()
            && slice.step.is_none())
}

fn finding<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    owner: Owner<'a>,
    shifts: &[Shift],
) -> Option<Finding> {
    let queue = Queue::of(tree, case, owner);
    if !shifts.iter().any(|shift| queue.is_taken_from_again(shift)) {
        return None;
    }
    let put = put_in_front(tree, case, owner);
    let heat_of = |shift: &Shift| case.heat(tree.range(shift.whole));
    let hottest = shifts.iter().max_by_key(|shift| heat_of(shift).map(|heat| heat.samples))?;
    let heat = heat_together(tree, case, shifts, &put)?;
    let heat = Heat { share_here: heat_of(hottest)?.share, ..heat };
    let range = tree.range(hottest.whole);
    let expression = tree.text(hottest.list);
    let seen = match case.sight(range, expression) {
        Sight::Seen(operand) => Some(operand),
        Sight::Unseen if queue.is_surely_list() => None,
        Sight::Unseen | Sight::Mixed => return None,
    };
    let length = match &seen {
        Some(operand) => Some(long_list(operand)?),
        None => None,
    };
    let gain = case.gain(&heat, length, TYPICAL_LENGTH)?;
    let mut because = vec![match &seen {
        Some(operand) => sighting(operand),
        None => format!(
            "The code makes `{expression}` a list; its length could not be read from the process."
        ),
    }];
    let copies = hottest.copies(tree);
    because.push(why(copies, !put.is_empty()).to_owned());
    let (fix, remark) = queue.as_deque();
    because.extend(also(case, tree, shifts, hottest));
    because.extend(put.iter().map(|shift| {
        let range = tree.range(shift.whole);
        let share = case.heat_on(&[range]).map_or(0.0, |heat| heat.share * 100.0);
        let at = words::line(case.source, range);
        format!("`{}` on {at} ({share:.0} %) is counted here too.", words::code(case.source, range))
    }));
    because.extend(remark);
    Some(Finding {
        range,
        title: title(case, range, expression, copies, length),
        because,
        heat,
        evidence: seen.map(Evidence::Operand).into_iter().collect(),
        worth: Worth::Time(gain),
        fix,
    })
}

/// Why that takes long, where it `copies` the others, and where more is `put` in front.
fn why(copies: bool, put: bool) -> &'static str {
    match (copies, put) {
        (false, false) => {
            "Taking the first element off a list moves all the others; a deque gives its first \
             element in the same time at any length."
        }
        (false, true) => {
            "Taking the first element off a list, or putting one in front, moves all the others; a \
             deque does both in the same time at any length."
        }
        (true, false) => {
            "A slice is a list of its own: all the others are copied to leave out the first; a deque \
             gives its first element in the same time at any length."
        }
        (true, true) => {
            "A slice is a list of its own: all the others are copied to leave out the first, and \
             moved to put one in front; a deque does both in the same time at any length."
        }
    }
}

fn title(
    case: &Case<'_>,
    range: TextRange,
    expression: &str,
    copies: bool,
    length: Option<u64>,
) -> String {
    let code = words::code(case.source, range);
    let does = if copies { "copies" } else { "moves" };
    match length {
        Some(length) => {
            format!("`{code}` {does} a list of {} (median) every time", thousands(length))
        }
        None => format!("Is `{expression}` long? `{code}` {does} the whole list every time"),
    }
}

fn also(case: &Case<'_>, tree: &Tree<'_>, shifts: &[Shift], hottest: &Shift) -> Option<String> {
    let others = shifts.iter().filter(|shift| shift.whole != hottest.whole);
    let lines: Vec<String> =
        others.map(|shift| words::line(case.source, tree.range(shift.whole))).collect();
    (!lines.is_empty()).then(|| format!("The same is done on {}.", words::listed(&lines)))
}

fn long_list(operand: &Operand) -> Option<u64> {
    let is_list = operand.type_name == "list";
    operand.lengths.map(|lengths| lengths.median).filter(|&median| is_list && median >= MIN_LENGTH)
}
