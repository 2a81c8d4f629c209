//! Arguments of log calls that are computed though the record is never made.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Id, Tree};
use crate::words::code;
use crate::{Advisor, Callee, Case, Edit, Evidence, Finding, Fix, Heat, Operand, Safety, Worth};

/// Share of the run that the arguments must take.
const MIN_SHARE: f64 = 0.03;

/// The same where it was not seen that the level is off.
const MIN_SHARE_UNSEEN: f64 = 0.1;

/// Samples in the logger's method, and none below it, that show that no record was made. Making one
/// takes far longer than finding out that it is not wanted.
const MIN_REFUSALS: u64 = 3;

/// Values of the pair; all that is spent on more or fewer goes away as well.
const VALUES: u64 = 30;

/// The method and the name of each level, from the lowest on.
const LEVELS: &[(&str, &str)] = &[("debug", "DEBUG"), ("info", "INFO")];

/// What runs when a record is wanted, with the standard library or another.
const MADE: &[&str] = &["_log", "callHandlers", "emit", "handle"];

/// Libraries whose loggers cannot be asked for a level in the same way.
const OTHERS: &[&str] = &["loguru.", "structlog."];

pub(crate) struct EagerLogArgs;

impl Advisor for EagerLogArgs {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        case.tree.all_calls().filter_map(|(id, call)| finding(case, id, call)).collect()
    }
}

fn finding(case: &Case<'_>, id: Id, call: &ExprCall) -> Option<Finding> {
    let tree = case.tree;
    let Expr::Attribute(method) = &*call.func else { return None };
    let (_, level) = LEVELS.iter().find(|(name, _)| *name == method.attr.as_str())?;
    let computed: Vec<TextRange> = call.arguments.args.iter().map(Ranged::range).collect();
    let heat =
        case.heat_within(&computed).filter(|heat| heat.columns && heat.share >= MIN_SHARE)?;
    if !is_logger(case, call, &method.value) || is_guarded(tree, id) {
        return None;
    }
    let callees = case.callees(call.range());
    if callees.iter().any(|callee| MADE.contains(&callee.own_name())) {
        return None;
    }
    let off = Off::of(case, call, &method.value, level, &callees)?;
    if off == Off::Unseen && (*level != "DEBUG" || heat.share < MIN_SHARE_UNSEEN) {
        return None;
    }
    let receiver = code(case.source, method.value.range());
    let text = code(case.source, call.range());
    Some(Finding {
        range: call.range(),
        title: match off {
            Off::Unseen => {
                format!("Is {level} off? `{text}` computes its arguments before it asks")
            }
            _ => format!("`{text}` computes what is never logged"),
        },
        because: vec![
            match off {
                Off::Said(_) => format!("`{receiver}` was seen to have said that {level} is off."),
                Off::Refused(_) => format!(
                    "`{}` of `{receiver}` was seen, and never the making of a record below it: \
                     records of that level are off.",
                    method.attr
                ),
                Off::Unseen => "No record was seen being made here.".to_owned(),
            },
            "Arguments are evaluated before the call. A `%s` puts off only the formatting, not \
             the calls that make the values."
                .to_owned(),
            format!("Ask first: `if {receiver}.isEnabledFor(logging.{level}):`."),
        ],
        heat,
        evidence: off.evidence(case).into_iter().collect(),
        worth: Worth::Time(case.gain(&heat, Some(VALUES), VALUES)?),
        fix: fix(case, id, &receiver, level),
    })
}

/// How it is known that no record is wanted.
#[derive(Debug, PartialEq)]
enum Off {
    /// The logger has been asked for that level or a higher one, and has said no.
    Said(Operand),
    /// Its method was seen, and nothing that makes a record.
    Refused(Callee),
    /// It is not known.
    Unseen,
}

impl Off {
    /// `None` where the logger was seen to have said that the level is on.
    fn of(
        case: &Case<'_>,
        call: &ExprCall,
        receiver: &Expr,
        level: &str,
        callees: &[Callee],
    ) -> Option<Self> {
        let logger = case.operand(call.range(), &code(case.source, receiver.range()));
        let said = |what: &str, levels: &[(&str, &str)]| {
            let answers = levels.iter().map(|(_, level)| format!("{level}={what}"));
            let elements = logger.iter().flat_map(|logger| &logger.elements);
            elements.into_iter().any(|element| answers.clone().any(|answer| answer == *element))
        };
        let at = LEVELS.iter().position(|(_, name)| *name == level)?;
        if said("on", &LEVELS[..=at]) {
            return None;
        }
        let is_off = said("off", &LEVELS[at..]);
        Some(match callees.iter().find(|callee| refuses(callee)) {
            _ if is_off => Self::Said(logger?),
            Some(callee) => Self::Refused(callee.clone()),
            None => Self::Unseen,
        })
    }

    fn evidence(&self, case: &Case<'_>) -> Option<Evidence> {
        match self {
            Self::Said(logger) => Some(Evidence::Operand(logger.clone())),
            Self::Refused(callee) => {
                Some(callee.evidence(&Heat::of(callee.samples, 0, case.busy_samples)))
            }
            Self::Unseen => None,
        }
    }
}

fn refuses(callee: &Callee) -> bool {
    callee.module == "logging"
        && matches!(callee.own_name(), "debug" | "info" | "isEnabledFor")
        && callee.samples >= MIN_REFUSALS
}

/// Whether what is called on is a logger: as seen, or as the file makes it.
fn is_logger(case: &Case<'_>, call: &ExprCall, receiver: &Expr) -> bool {
    let makes = |value: &Expr| matches!(value, Expr::Call(made) if case.tree.calls_one_of(made, &["logging.getLogger"]));
    let library = case.tree.dotted(receiver).unwrap_or_default();
    if OTHERS.iter().any(|other| library.starts_with(other)) {
        return false;
    }
    match case.operand(call.range(), &code(case.source, receiver.range())) {
        Some(operand) => matches!(operand.type_name.as_str(), "Logger" | "RootLogger"),
        None => case.tree.assigned_once(receiver).is_some_and(makes),
    }
}

/// Whether the call stands under a test that asks for the level.
fn is_guarded(tree: &Tree<'_>, id: Id) -> bool {
    tree.ancestors(id).any(|around| match tree[around] {
        AnyNodeRef::StmtIf(statement) => {
            let test = tree.source().slice(statement.test.range()).to_lowercase();
            ["isenabledfor", "level", "debug", "verbose"].iter().any(|word| test.contains(word))
        }
        _ => false,
    })
}

/// The statement moves below a test, where it has its lines to itself.
fn fix(case: &Case<'_>, id: Id, receiver: &str, level: &str) -> Option<Fix> {
    let tree = case.tree;
    let statement = tree.parent(id).filter(|&parent| tree[parent].is_stmt_expr())?;
    let range = tree.range(statement);
    let place = case.source.place(range);
    let line = case.source.line_range(place.line)?;
    let indent = case.source.slice(TextRange::new(line.start(), range.start()));
    let imports = |(name, text): (Id, &ruff_python_ast::ExprName)| {
        let module = matches!(tree[tree.parent(name)?], AnyNodeRef::ExprAttribute(_));
        (module && text.id.as_str() == "logging").then(|| tree.variable(name)).flatten()
    };
    tree.names().find_map(imports)?;
    if place.line != place.end_line || !indent.trim().is_empty() {
        return None;
    }
    let test = format!("if {receiver}.isEnabledFor(logging.{level}):\n{indent}    ");
    Some(Fix {
        safety: Safety::Unsafe,
        note: Some("computing the arguments must have no effect that is needed".to_owned()),
        edits: vec![Edit { range: TextRange::empty(range.start()), text: test }],
    })
}
