//! `isinstance` with an abstract class or a protocol, which asks in Python code.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Tree, is_builtin_call};
use crate::words::{code, sighting};
use crate::{
    Advisor, Case, Edit, Evidence, Finding, Fix, Gain, Heat, Operand, Safety, Sight, Worth,
};

/// Share of the run that must be spent in asking.
const MIN_SHARE: f64 = 0.03;

/// Part of the looks that must have found a class for it to be asked for first.
const OFTEN: f64 = 0.4;

/// What asks; before CPython 3.11 functions are known by their own names alone.
const ASKED: &[&str] = &["abc", "typing"];

/// The pair's sizes.
const ABSTRACT: u64 = 1;
const PROTOCOL: u64 = 2;

/// The built-in types that the standard library has registered as what its abstract classes mean
/// (`Lib/_collections_abc.py`, CPython 3.8 to 3.15).
const REGISTERED: &[(&str, &[&str])] = &[
    ("dict", &["Mapping", "MutableMapping"]),
    ("list", &["Sequence", "MutableSequence"]),
    ("tuple", &["Sequence"]),
    ("str", &["Sequence"]),
    ("bytes", &["Sequence"]),
    ("set", &["Set", "MutableSet"]),
    ("frozenset", &["Set"]),
];

/// And those that have the methods which these ask for.
const SIZED: &[&str] = &["Sized", "Iterable", "Container", "Collection"];

pub(crate) struct IsinstanceProtocol;

impl Advisor for IsinstanceProtocol {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let calls = case.tree.all_calls().map(|(_, call)| call);
        let tests = calls.filter(|call| is_builtin_call(case.tree, call, "isinstance"));
        tests.filter_map(|call| finding(case, call)).collect()
    }
}

fn finding(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let [value, class] = &*call.arguments.args else { return None };
    let below = case.below_on(&[call.range()], |callee| {
        ASKED.contains(&callee.module.as_str()) && callee.own_name() == "__instancecheck__"
    });
    let (below, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let heat = case.with_own(below, &[call.range()]);
    let name = code(case.source, value.range());
    let (operand, part) = match case.sight(call.range(), &name) {
        Sight::Seen(operand) => (Some(operand), Heat::of(1, 0, 1)),
        Sight::Unseen => (None, Heat::of(1, 0, 1)),
        Sight::Mixed => {
            let (operand, part) = case.most_often(call.range(), &name)?;
            let is_often = part.share >= OFTEN && is_registered(case.tree, class, &operand);
            (Some(operand).filter(|_| is_often), is_often.then_some(part)?)
        }
    };
    let registered = operand.as_ref().filter(|seen| is_registered(case.tree, class, seen));
    // `typing` also has aliases, such as `typing.Mapping`, which ask the abstract class.
    let protocol = callee.function.starts_with("_ProtocolMeta")
        || case
            .callees(call.range())
            .iter()
            .any(|callee| callee.is_one_of(&["typing:_get_protocol_attrs"]));
    let size = if protocol { PROTOCOL } else { ABSTRACT };
    let text = code(case.source, call.range());
    let mut because: Vec<String> = operand.as_ref().map(sighting).into_iter().collect();
    if part.share < 1.0 {
        let others = (1.0 - part.share) * 100.0;
        because.push(format!("Other types came in the other {others:.0} % of the looks."));
    }
    because.push(why(case, protocol));
    because.push(advice(case, value, class, operand.as_ref(), registered.is_some()));
    let fix = registered.map(|seen| fix(case, class, seen));
    Some(Finding {
        range: call.range(),
        title: format!("`{text}` asks in Python code"),
        because,
        heat,
        evidence: std::iter::once(callee.evidence(&below))
            .chain(operand.map(Evidence::Operand))
            .collect(),
        worth: Worth::Time(gain(case, &heat, size, &part)?),
        fix,
    })
}

/// What is saved where so great a part of the values is of the class that is asked for first.
fn gain(case: &Case<'_>, heat: &Heat, size: u64, part: &Heat) -> Option<Gain> {
    let of_all = case.gain(heat, Some(size), size)?.up_to_all(heat);
    let (low, high) = if part.share < 1.0 { (part.share_low, part.share_high) } else { (1.0, 1.0) };
    let gain = Gain {
        saved: of_all.saved * part.share,
        saved_low: of_all.saved_low * low,
        saved_high: of_all.saved_high * high,
    };
    Some(gain).filter(Gain::worth_saying)
}

fn why(case: &Case<'_>, protocol: bool) -> String {
    match protocol {
        true if !case.python.at_least(3, 12) => {
            "Before CPython 3.12 a protocol is compared member by member on every call, after its \
             members were collected from all its bases anew."
        }
        true => "A protocol is asked through two functions of Python code on every call.",
        false => "An abstract class is asked through a function of Python code on every call.",
    }
    .to_owned()
}

fn advice(
    case: &Case<'_>,
    value: &Expr,
    class: &Expr,
    operand: Option<&Operand>,
    registered: bool,
) -> String {
    let (value, class) = (code(case.source, value.range()), code(case.source, class.range()));
    match operand {
        Some(seen) if registered => {
            let name = &seen.type_name;
            format!("`isinstance({value}, ({name}, {class}))` is done when it finds the {name}.")
        }
        Some(seen) => format!(
            "Ask for the class that comes most often first (here {}), or where `{value}` comes from.",
            seen.type_name
        ),
        None => {
            format!("Ask for the class that comes most often first, or where `{value}` comes from.")
        }
    }
}

/// Whether a class is an abstract one of which a value that was seen is surely an instance.
fn is_registered(tree: &Tree<'_>, class: &Expr, seen: &Operand) -> bool {
    let Some(dotted) = tree.dotted(class) else { return false };
    let Some((module, abstraction)) = dotted.rsplit_once('.') else { return false };
    let classes = REGISTERED.iter().find(|(name, _)| *name == seen.type_name);
    matches!(module, "collections.abc" | "typing")
        && !tree.binds(&seen.type_name)
        && classes
            .is_some_and(|(_, known)| known.contains(&abstraction) || SIZED.contains(&abstraction))
}

fn fix(case: &Case<'_>, class: &Expr, seen: &Operand) -> Fix {
    let text = case.source.slice(class.range());
    Fix {
        safety: Safety::Safe,
        note: None,
        edits: vec![Edit { range: class.range(), text: format!("({}, {text})", seen.type_name) }],
    }
}
