//! `copy.deepcopy` of plain data that a comprehension, or a copy of the one container, would copy; and
//! of instances, parts of which the copies might share.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::words::{code, sighting};
use crate::{
    Advisor, Callee, Case, Edit, Evidence, Finding, Fix, Heat, Operand, Safety, Sight, Worth,
};

/// Share of the run that must be spent copying.
const MIN_SHARE: f64 = 0.03;

/// The same where instances are copied, which nobody knows to be needed or not.
const MIN_SHARE_OF_INSTANCES: f64 = 0.1;

/// Part of a copy's samples that must be of rebuilding instances for it to be about these; and at most
/// so many of the rest may be of classes that bring their own way.
const MOSTLY: f64 = 0.8;

/// Types that `deepcopy` gives back as they are.
const ATOMS: &[&str] = &["NoneType", "bool", "bytes", "complex", "float", "int", "str"];

pub(crate) struct DeepcopyHot;

impl Advisor for DeepcopyHot {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let is_copy = |call: &ExprCall| case.tree.calls_one_of(call, &["copy.deepcopy"]);
        let calls = case.tree.all_calls().filter(|(_, call)| is_copy(call));
        calls.filter_map(|(_, call)| finding(case, call)).collect()
    }
}

fn finding(case: &Case<'_>, call: &ExprCall) -> Option<Finding> {
    let ([copied], []) = (&*call.arguments.args, &*call.arguments.keywords) else { return None };
    let below = case.below(call.range(), |callee| callee.is_one_of(&["copy:deepcopy"]));
    let (heat, callee) = below.filter(|(heat, _)| heat.share >= MIN_SHARE)?;
    let text = code(case.source, copied.range());
    let operand = match case.sight(call.range(), &text) {
        Sight::Seen(operand) => Some(operand),
        Sight::Unseen => None,
        Sight::Mixed => return None,
    };
    let copy = operand.as_ref().and_then(|operand| Copy::of(operand, &text, copied));
    let operand_fits = operand.as_ref().is_none_or(Copy::may_be_plain);
    let copy = copy
        .or_else(|| (operand_fits && is_plain(case, call)).then(|| Copy::plain(&text)))
        .or_else(|| rebuilds_instances(case, call, &heat).then(|| Copy::instances(&text)))?;
    let mut because: Vec<String> = operand.as_ref().map(sighting).into_iter().collect();
    because.push(
        "`deepcopy` is Python code: it looks up for every value, also for every number and \
         string, how to copy it, and keeps a dict of all that it has copied."
            .to_owned(),
    );
    because.push(copy.advice);
    let fix = copy.fix.map(|(text, note)| Fix {
        safety: Safety::Unsafe,
        note: Some(note),
        edits: vec![Edit { range: call.range(), text }],
    });
    let seen = operand.map(Evidence::Operand);
    let whole = code(case.source, call.range());
    Some(Finding {
        range: call.range(),
        title: match copy.depth {
            Some(_) => format!("`{whole}` copies {}, value by value", copy.what),
            None => format!("Is all of it changed? `{whole}` rebuilds {}", copy.what),
        },
        because,
        heat,
        evidence: match copy.depth {
            Some(_) => std::iter::once(callee.evidence(&heat)).chain(seen).collect(),
            None => Vec::new(),
        },
        worth: Worth::Time(case.gain(&heat, copy.depth, 1)?),
        fix,
    })
}

/// Whether the copy's time is that of taking instances apart and making them anew.
fn rebuilds_instances(case: &Case<'_>, call: &ExprCall, heat: &Heat) -> bool {
    let callees = case.callees(call.range());
    let most = |wanted: &dyn Fn(&Callee) -> bool| {
        let samples = callees.iter().filter(|callee| wanted(callee)).map(|it| it.samples);
        samples.max().unwrap_or(0) as f64 / heat.samples.max(1) as f64
    };
    heat.share >= MIN_SHARE_OF_INSTANCES
        && most(&|callee| callee.is_one_of(&["copy:_reconstruct"])) >= MOSTLY
        && most(&|callee| callee.own_name() == "__deepcopy__") <= 1.0 - MOSTLY
}

/// Whether dicts and lists were seen being copied, and nothing that brings its own way.
fn is_plain(case: &Case<'_>, call: &ExprCall) -> bool {
    let callees = case.callees(call.range());
    let contains = |names: &[&str]| callees.iter().any(|callee| callee.is_one_of(names));
    let own_way = callees.iter().any(|callee| {
        callee.module != "copy" || matches!(callee.function.as_str(), "_reconstruct" | "copy")
    });
    contains(&["copy:_deepcopy_dict", "copy:_deepcopy_list"]) && !own_way
}

/// What would do instead.
struct Copy {
    /// What is copied.
    what: String,
    advice: String,
    /// The expression to write, with what to check.
    fix: Option<(String, String)>,
    /// Levels of containers, as the pair counts them; `None` where what it saves is not known.
    depth: Option<u64>,
}

impl Copy {
    /// What copies a list whose elements were seen.
    fn of(operand: &Operand, text: &str, copied: &Expr) -> Option<Self> {
        let elements = &operand.elements;
        let named = matches!(copied, Expr::Name(_) | Expr::Attribute(_));
        if operand.type_name != "list" || elements.is_empty() || !named {
            return None;
        }
        let (what, code, note, depth) = match elements.as_slice() {
            [element] if matches!(element.as_str(), "dict" | "list" | "set") => (
                format!("a list of {element}s"),
                format!("[item.copy() for item in {text}]"),
                format!(
                    "every element must be a {element}, no {element} may stand in it twice, and \
                     what the {element}s hold must not be changed in place in the copy or in the \
                     original"
                ),
                2,
            ),
            elements if elements.iter().all(|element| ATOMS.contains(&element.as_str())) => (
                "a list of what cannot change".to_owned(),
                format!("{text}.copy()"),
                "no element may be a list, a dict or another object that is changed".to_owned(),
                1,
            ),
            _ => return None,
        };
        let advice = format!("`{code}` copies what can change.");
        Some(Self { what, advice, fix: Some((code, note)), depth: Some(depth) })
    }

    /// Whether what was seen does not speak against plain data.
    fn may_be_plain(operand: &Operand) -> bool {
        let plain = |name: &String| {
            ATOMS.contains(&name.as_str()) || matches!(name.as_str(), "dict" | "list" | "tuple")
        };
        matches!(operand.type_name.as_str(), "dict" | "list") && operand.elements.iter().all(plain)
    }

    /// Dicts and lists of unknown depth.
    fn plain(text: &str) -> Self {
        Self {
            what: "dicts and lists".to_owned(),
            advice: format!(
                "Copy by hand what is changed (`[row.copy() for row in rows]`, one comprehension \
                 a level); where all of it may be, `pickle.loads(pickle.dumps({text}, -1))` gives \
                 the same, in C, if all that it holds can be pickled."
            ),
            fix: None,
            depth: Some(1),
        }
    }

    /// Objects of classes, and all that they hold.
    fn instances(text: &str) -> Self {
        Self {
            what: "instances and all that they hold".to_owned(),
            advice: format!(
                "What of it is never changed can be shared by the copies: \
                 `deepcopy({text}, {{id(part): part}})` leaves `part` as it is, and so does a class \
                 whose `__deepcopy__` returns `self`."
            ),
            fix: None,
            depth: None,
        }
    }
}
