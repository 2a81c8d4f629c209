//! A list that is made of a container to ask what the container itself would tell.

mod lines;

use ruff_python_ast::{AnyNodeRef, CmpOp, Expr, ExprCall, Number};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Proof, Tree, is_builtin_call};
use crate::words::{code, sighting, thousands};
use crate::{
    Advisor, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth, is_what_it_is_called,
};

/// Elements below which a copy of them costs little.
const MIN_LENGTH: u64 = 8;

pub(crate) struct MaterialisedIterable;

impl Advisor for MaterialisedIterable {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls();
        let copies = calls.filter_map(|(id, call)| finding(case, Asked::of(case.tree, id, call)?));
        copies.chain(lines::findings(case)).collect()
    }
}

/// A question that a list is made for.
struct Asked<'a> {
    question: Question<'a>,
    /// The call that makes the list.
    list: &'a ExprCall,
    /// The expression that asks it.
    whole: Id,
    /// What the list is made of.
    of: &'a Expr,
    /// The container that it is, or that it is a view of, and the view's method.
    container: &'a Expr,
    view: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum Question<'a> {
    /// `x in list(d)`: `x`.
    Holds(&'a Expr),
    /// `list(d)[0]`
    First,
    /// `len(list(d))`
    Length,
}

impl<'a> Asked<'a> {
    fn of(tree: &Tree<'a>, id: Id, list: &'a ExprCall) -> Option<Self> {
        if !is_builtin_call(tree, list, "list") && !is_builtin_call(tree, list, "tuple") {
            return None;
        }
        let ([of], []) = (&*list.arguments.args, &*list.arguments.keywords) else { return None };
        let (question, whole) = question(tree, id, list)?;
        let (container, view) = match of {
            Expr::Name(_) | Expr::Attribute(_) => (of, None),
            Expr::Call(call) if call.arguments.is_empty() => match &*call.func {
                Expr::Attribute(view) if is_view(view.attr.as_str()) => {
                    (&*view.value, Some(view.attr.as_str()))
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { question, list, whole, of, container, view })
    }

    /// What asks the container itself.
    fn direct(&self, case: &Case<'_>, seen: &Operand) -> String {
        let text = |expr: &Expr| case.source.slice(expr.range());
        let (of, container) = (text(self.of), text(self.container));
        let is_sequence = matches!(seen.type_name.as_str(), "list" | "tuple");
        match (self.question, self.view) {
            (Question::Holds(_), Some("keys")) => container.to_owned(),
            (Question::Holds(_), _) => of.to_owned(),
            (Question::First, _) if is_sequence => format!("{of}[0]"),
            (Question::First, Some("keys")) => format!("next(iter({container}))"),
            (Question::First, _) => format!("next(iter({of}))"),
            (Question::Length, _) => format!("len({container})"),
        }
    }

    /// Whether the container finds what is asked for by its hash.
    fn is_hashed(&self, seen: &Operand) -> bool {
        match self.view {
            None => !matches!(seen.type_name.as_str(), "list" | "tuple"),
            view => view == Some("keys"),
        }
    }
}

fn is_view(method: &str) -> bool {
    matches!(method, "keys" | "values" | "items")
}

/// What the expression around a call that makes a list wants to know.
fn question<'a>(tree: &Tree<'a>, id: Id, list: &'a ExprCall) -> Option<(Question<'a>, Id)> {
    let parent = tree.parent(id)?;
    match tree[parent] {
        AnyNodeRef::ExprCompare(compare) => match (&*compare.ops, &*compare.comparators) {
            ([CmpOp::In | CmpOp::NotIn], [container]) if container.range() == list.range() => {
                Some((Question::Holds(&compare.left), parent))
            }
            _ => None,
        },
        AnyNodeRef::ExprSubscript(item) if item.value.range() == list.range() => {
            let is_first = matches!(&*item.slice, Expr::NumberLiteral(literal)
                if matches!(&literal.value, Number::Int(int) if *int == 0u8));
            is_first.then_some((Question::First, parent))
        }
        AnyNodeRef::Arguments(_) => {
            let call = tree.parent(parent)?;
            let AnyNodeRef::ExprCall(len) = tree[call] else { return None };
            is_builtin_call(tree, len, "len").then_some((Question::Length, call))
        }
        _ => None,
    }
}

fn finding(case: &Case<'_>, asked: Asked<'_>) -> Option<Finding> {
    let whole = case.tree.range(asked.whole);
    let seen = case.operand(whole, case.source.slice(asked.container.range()))?;
    let length = seen.lengths?.median;
    if length < MIN_LENGTH || !is_container(&seen, asked.view) || !is_what_it_is_called(case, &seen)
    {
        return None;
    }
    let searched = matches!(asked.question, Question::Holds(_)) && !asked.is_hashed(&seen);
    let places = match searched {
        true => vec![asked.list.range()],
        false => vec![asked.list.range(), whole],
    };
    let heat = case.built_in(case.heat_on(&places)?)?;
    let direct = asked.direct(case, &seen);
    let why = match asked.question {
        Question::Holds(_) if searched => {
            "The list is a copy of what is searched just as well without."
        }
        Question::Holds(_) => {
            "The list is a copy of all its keys, and is then searched from one end to the other; the \
             container itself finds a key by its hash."
        }
        Question::First => {
            "The list is a copy of everything, of which all but one element is dropped."
        }
        Question::Length => {
            "The list is a copy of everything, only to count what the container counts."
        }
    };
    Some(Finding {
        range: whole,
        title: format!(
            "`{}` makes a list of {} elements (median) every time",
            code(case.source, whole),
            thousands(length)
        ),
        because: vec![
            sighting(&seen),
            why.to_owned(),
            format!("Write `{}`.", shown(case, &asked, &direct)),
        ],
        worth: Worth::Time(case.gain(&heat, Some(length), length)?),
        heat,
        evidence: vec![Evidence::Operand(seen.clone())],
        fix: Some(fix(case, &asked, &seen, direct)),
    })
}

/// Whether that is one of the builtin containers, which tells what a list of it would.
fn is_container(seen: &Operand, view: Option<&str>) -> bool {
    let is_dict =
        matches!(seen.type_name.as_str(), "dict" | "defaultdict" | "OrderedDict" | "Counter");
    match view {
        Some(_) => is_dict,
        None => {
            is_dict || matches!(seen.type_name.as_str(), "set" | "frozenset" | "list" | "tuple")
        }
    }
}

/// The whole expression as it should be.
fn shown(case: &Case<'_>, asked: &Asked<'_>, direct: &str) -> String {
    let whole = case.tree.range(asked.whole);
    match asked.question {
        Question::Holds(_) => {
            let before = TextRange::new(whole.start(), asked.list.start());
            format!("{}{direct}", case.source.slice(before))
        }
        Question::First | Question::Length => direct.to_owned(),
    }
}

fn fix(case: &Case<'_>, asked: &Asked<'_>, seen: &Operand, text: String) -> Fix {
    let (range, note) = match asked.question {
        Question::Holds(wanted) => {
            let doubtful = asked.is_hashed(seen)
                && !matches!(
                    case.tree.proof(wanted),
                    Proof::Text | Proof::Bytes | Proof::Number | Proof::Plain
                );
            let note = format!(
                "`{}` must be hashable, as what is asked of a dict or a set must be",
                code(case.source, wanted.range())
            );
            (asked.list.range(), doubtful.then_some(note))
        }
        Question::First => {
            let is_sequence = matches!(seen.type_name.as_str(), "list" | "tuple");
            let note =
                "of an empty one it raises `StopIteration` in place of `IndexError`".to_owned();
            (case.tree.range(asked.whole), (!is_sequence).then_some(note))
        }
        Question::Length => (case.tree.range(asked.whole), None),
    };
    let kind = format!(
        "`{}` must always be a {}",
        code(case.source, asked.container.range()),
        seen.type_name
    );
    let notes: Vec<String> = note.into_iter().chain([kind]).collect();
    Fix { safety: Safety::Unsafe, note: Some(notes.join("; ")), edits: vec![Edit { range, text }] }
}
