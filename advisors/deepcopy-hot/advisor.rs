//! `copy.deepcopy` of plain data that a comprehension, or a copy of the one container, would copy.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::words::{code, sighting};
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Operand, Safety, Worth};

/// Share of the run that must be spent copying.
const MIN_SHARE: f64 = 0.03;

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
    if !matches!(copied, Expr::Name(_) | Expr::Attribute(_)) {
        return None;
    }
    let text = code(case.source, copied.range());
    let operand = case.operand(call.range(), &text)?;
    let copy = Copy::of(&operand, &text)?;
    Some(Finding {
        range: call.range(),
        title: format!("`{}` copies {}, value by value", code(case.source, call.range()), copy.what),
        because: vec![
            sighting(&operand),
            "`deepcopy` is Python code: it looks up for every value, also for every number and \
             string, how to copy it, and keeps a dict of all that it has copied."
                .to_owned(),
            format!("`{}` copies what can change.", copy.code),
        ],
        heat,
        evidence: vec![callee.evidence(&heat), Evidence::Operand(operand.clone())],
        worth: Worth::Time(case.gain(&heat, Some(copy.depth), 1)?),
        fix: Some(Fix {
            safety: Safety::Unsafe,
            note: Some(copy.note),
            edits: vec![Edit { range: call.range(), text: copy.code }],
        }),
    })
}

/// What would do instead.
struct Copy {
    /// What is copied.
    what: String,
    code: String,
    note: String,
    /// Levels of containers, as the pair counts them.
    depth: u64,
}

impl Copy {
    fn of(operand: &Operand, text: &str) -> Option<Self> {
        let container = operand.type_name.as_str();
        if container != "list" || operand.elements.is_empty() {
            return None;
        }
        let elements = &operand.elements;
        if elements.iter().all(|element| ATOMS.contains(&element.as_str())) {
            return Some(Self {
                what: "a list of what cannot change".to_owned(),
                code: format!("{text}.copy()"),
                note: "no element may be a list, a dict or another object that is changed".to_owned(),
                depth: 1,
            });
        }
        let [element @ ("dict" | "list" | "set")] = &*elements.iter().map(String::as_str).collect::<Vec<_>>()
        else {
            return None;
        };
        Some(Self {
            what: format!("a list of {element}s"),
            code: format!("[item.copy() for item in {text}]"),
            note: format!(
                "every element must be a {element}, no {element} may stand in it twice, and what \
                 the {element}s hold must not be changed in place in the copy or in the original"
            ),
            depth: 2,
        })
    }
}
