//! `with` over a generator or `suppress`, where `contextlib` itself takes the time.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, StmtWith, WithItem};
use ruff_text_size::{Ranged, TextRange};

use crate::rewrite::newline;
use crate::words::code;
use crate::{Advisor, Callee, Case, Edit, Evidence, Finding, Fix, Heat, Safety, Worth};

/// Share of the run that must be spent in `contextlib`.
const MIN_SHARE: f64 = 0.04;

/// What `contextlib` runs for a generator (`contextmanager`, CPython 3.8 to 3.15): making, entering
/// and leaving follow each other.
const GENERATOR: &[&str] = &["helper", "__enter__", "__exit__"];

/// And for `suppress`.
const SUPPRESS: &[&str] = &["__init__", "__enter__", "__exit__"];

/// The pair's sizes.
const GENERATOR_SIZE: u64 = 1;
const SUPPRESS_SIZE: u64 = 2;

pub(crate) struct ContextmanagerInLoop;

impl Advisor for ContextmanagerInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let withs = case.tree.ids().filter_map(|id| match case.tree[id] {
            AnyNodeRef::StmtWith(with) if !with.is_async => Some(with),
            _ => None,
        });
        let items = withs.flat_map(|with| with.items.iter().map(move |item| (with, item)));
        items.filter_map(|(with, item)| finding(case, with, item)).collect()
    }
}

fn finding(case: &Case<'_>, with: &StmtWith, item: &WithItem) -> Option<Finding> {
    // Several are not told apart before 3.13: all are entered and left at the whole statement.
    if with.items.len() > 1 && !case.python.at_least(3, 13) {
        return None;
    }
    let call = item.context_expr.as_call_expr()?;
    let suppresses = case.tree.calls_one_of(call, &["contextlib.suppress"]);
    let places = places(case, with, call);
    let callees = case.callees_on(&places);
    if !suppresses && !is_generator(&callees) {
        return None;
    }
    let inside = case.gated(own_samples(&callees, suppresses), 0)?;
    if inside.share < MIN_SHARE {
        return None;
    }
    let heat = case.with_own(inside, &places);
    let text = code(case.source, call.range());
    let size = if suppresses { SUPPRESS_SIZE } else { GENERATOR_SIZE };
    Some(Finding {
        range: call.range(),
        title: format!("`with {text}` costs more to enter and leave than it has to"),
        because: if suppresses { of_suppress(case, call) } else { of_generator() },
        heat,
        evidence: vec![evidence(&inside)],
        worth: Worth::Time(case.gain(&heat, Some(size), size)?),
        fix: suppresses.then(|| try_and_pass(case, with, call)).flatten(),
    })
}

/// Where CPython makes, enters and leaves the context manager: at the item and, before 3.13, at the
/// whole statement, of which before 3.11 only the first line is told.
fn places(case: &Case<'_>, with: &StmtWith, call: &ExprCall) -> Vec<TextRange> {
    let whole = (case.python.at_least(3, 11) && with.items.len() == 1).then(|| with.range());
    std::iter::once(call.range()).chain(whole).collect()
}

fn is_contextlib(callee: &Callee) -> bool {
    callee.module == "contextlib"
}

/// Whether the context manager is a generator's: only then does `contextlib` make it in a function.
fn is_generator(callees: &[Callee]) -> bool {
    callees.iter().any(|callee| is_contextlib(callee) && callee.own_name() == "helper")
}

/// Samples in `contextlib`, without those in the generator that it resumes.
fn own_samples(callees: &[Callee], suppresses: bool) -> u64 {
    let steps = if suppresses { SUPPRESS } else { GENERATOR };
    let inside =
        callees.iter().filter(|callee| is_contextlib(callee) && steps.contains(&callee.own_name()));
    let inside: u64 = inside.map(|callee| callee.samples).sum();
    let resumed = callees.iter().filter(|callee| !is_contextlib(callee));
    inside.saturating_sub(resumed.map(|callee| callee.samples).max().unwrap_or(0))
}

fn evidence(heat: &Heat) -> Evidence {
    Evidence::Fact(format!("{:.0} % of the run in contextlib's own code", heat.share * 100.0))
}

fn of_generator() -> Vec<String> {
    vec![
        "For every `with`, `contextlib` makes a generator and an object around it, and calls three \
         functions of Python code to start and end it."
            .to_owned(),
        "Write it as a class with `__enter__` and `__exit__`; where it holds nothing that differs \
         from one `with` to the next, make one object and enter that again and again."
            .to_owned(),
    ]
}

fn of_suppress(case: &Case<'_>, call: &ExprCall) -> Vec<String> {
    let exceptions = exceptions(case, call);
    vec![
        "For every `with`, an object is made and three functions of Python code are called."
            .to_owned(),
        format!(
            "`try: ...` with `except {exceptions}: pass` calls nothing when nothing is raised."
        ),
    ]
}

/// What is caught, as it stands behind `except`.
fn exceptions(case: &Case<'_>, call: &ExprCall) -> String {
    let names: Vec<String> =
        call.arguments.args.iter().map(|arg| code(case.source, arg.range())).collect();
    match names.as_slice() {
        [one] => one.clone(),
        all => format!("({})", all.join(", ")),
    }
}

/// The `with` as a `try`, where it stands in the plain form.
fn try_and_pass(case: &Case<'_>, with: &StmtWith, call: &ExprCall) -> Option<Fix> {
    let source = case.source;
    let (first, last) = (with.body.first()?, with.body.last()?);
    let [item] = &*with.items else { return None };
    let plain = call.arguments.keywords.is_empty()
        && !call.arguments.args.is_empty()
        && call.arguments.args.iter().all(is_dotted)
        && item.optional_vars.is_none();
    let head = source.slice(TextRange::new(with.start(), call.start()));
    let colon = source.slice(TextRange::new(call.end(), first.start()));
    let (at, end) = (source.place(with.range()), source.place(last.range()));
    let lines = source.place(first.range()).line > at.line;
    if !plain || head != "with " || !colon.starts_with(':') || !lines {
        return None;
    }
    let indent = TextRange::new(source.line_range(at.line)?.start(), with.start());
    let indent = Some(source.slice(indent)).filter(|text| text.trim().is_empty())?;
    let end = source.line_range(end.end_line)?.end();
    let (line, exceptions) = (newline(source), exceptions(case, call));
    let handler = format!("{line}{indent}except {exceptions}:{line}{indent}    pass");
    let groups = case.python.at_least(3, 12);
    let note = format!("no exception group that holds {exceptions} may come out of the block");
    Some(Fix {
        safety: if groups { Safety::Unsafe } else { Safety::Safe },
        note: groups.then_some(note),
        edits: vec![
            Edit { range: TextRange::new(with.start(), call.end()), text: "try".to_owned() },
            Edit { range: TextRange::empty(end), text: handler },
        ],
    })
}

fn is_dotted(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => is_dotted(&attribute.value),
        _ => false,
    }
}
