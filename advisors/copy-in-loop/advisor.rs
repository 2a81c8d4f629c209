//! A container that is copied on every turn of a loop, though one element or a reading of it is all
//! that is wanted.

mod deletion;

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Number, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::left_alone::left_alone;
use crate::shape::{Id, Storage, Tree, is_builtin_call};
use crate::words::{code, line, sighting};
use crate::{
    Advisor, Case, Edit, Evidence, Finding, Fix, Heat, Operand, Safety, Worth, is_what_it_is_called,
};

/// Share of the run that the copying must take.
const MIN_SHARE: f64 = 0.03;

/// Below this length a copy is about as fast as anything else.
const MIN_LENGTH: u64 = 100;

const MAPPINGS: &[&str] = &["Counter", "OrderedDict", "defaultdict", "dict"];
const SEQUENCES: &[&str] = &["deque", "list", "tuple"];

pub(crate) struct CopyInLoop;

impl Advisor for CopyInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let of = |id: Id| {
            let read = one_element(case, id).or_else(|| only_read(case, id));
            read.or_else(|| deletion::finding(case, id))
        };
        case.tree.ids().filter_map(of).collect()
    }
}

/// A copy that is hot, of something long, in code that runs again and again.
struct Hot {
    heat: Heat,
    operand: Operand,
    length: u64,
}

fn hot(case: &Case<'_>, copy: TextRange, copied: &Expr) -> Option<Hot> {
    let heat = case.built_in(case.heat_on(&[copy])?)?;
    let operand = case.operand(copy, &code(case.source, copied.range()))?;
    let length = operand.lengths?.median;
    let enough = heat.share >= MIN_SHARE && length >= MIN_LENGTH;
    (enough && is_what_it_is_called(case, &operand)).then_some(Hot { heat, operand, length })
}

/// `list(x)[0]` and `list(x.values())[-1]`.
fn one_element(case: &Case<'_>, id: Id) -> Option<Finding> {
    let AnyNodeRef::ExprSubscript(item) = case.tree[id] else { return None };
    let Expr::Call(copy) = &*item.value else { return None };
    let (iterable, container) = listed(case.tree, copy)?;
    let last = end(&item.slice)?;
    let Hot { operand, length, .. } = hot(case, copy.range(), container)?;
    // The copy goes away again in the very operation that takes the one element out of it.
    let heat = case.built_in(case.heat_on(&[copy.range(), item.range()])?)?;
    let text = code(case.source, iterable.range());
    let of_mapping = MAPPINGS.contains(&operand.type_name.as_str());
    let of_sequence = SEQUENCES.contains(&operand.type_name.as_str());
    let is_set = matches!(operand.type_name.as_str(), "set" | "frozenset");
    let instead = match last {
        _ if of_sequence && iterable.range() == container.range() => {
            format!("{text}[{}]", code(case.source, item.slice.range()))
        }
        false if of_mapping || is_set => format!("next(iter({text}))"),
        // Dicts and their views can be reversed since 3.8.
        true if of_mapping && case.python.at_least(3, 8) => format!("next(reversed({text}))"),
        _ => return None,
    };
    let note = match of_sequence {
        true => format!("`{text}` must always be a sequence"),
        false => format!(
            "`{text}` must not be empty: `next` raises `StopIteration` where the list raised \
             `IndexError`"
        ),
    };
    let whole = code(case.source, item.range());
    Some(Finding {
        range: item.range(),
        title: format!("`{whole}` copies all to take one"),
        because: vec![
            sighting(&operand),
            format!("`{instead}` takes the one element and leaves the others where they are."),
        ],
        heat,
        evidence: vec![Evidence::Operand(operand)],
        worth: Worth::Time(case.gain(&heat, Some(length), MIN_LENGTH)?),
        fix: Some(Fix {
            safety: Safety::Unsafe,
            note: Some(note),
            edits: vec![Edit { range: item.range(), text: instead }],
        }),
    })
}

/// What `list(...)` goes through, and the name or attribute that holds it.
fn listed<'a>(tree: &Tree<'a>, copy: &'a ExprCall) -> Option<(&'a Expr, &'a Expr)> {
    let ([iterable], []) = (&*copy.arguments.args, &*copy.arguments.keywords) else { return None };
    if !is_builtin_call(tree, copy, "list") {
        return None;
    }
    let container = match iterable {
        Expr::Call(view) if view.arguments.is_empty() => match &*view.func {
            Expr::Attribute(method)
                if matches!(method.attr.as_str(), "items" | "keys" | "values") =>
            {
                &*method.value
            }
            _ => return None,
        },
        other => other,
    };
    matches!(container, Expr::Name(_) | Expr::Attribute(_)).then_some((iterable, container))
}

/// Whether an index is that of the last element, or else of the first.
fn end(index: &Expr) -> Option<bool> {
    let is = |expr: &Expr, value: u8| {
        matches!(expr, Expr::NumberLiteral(literal)
            if matches!(&literal.value, Number::Int(int) if *int == value))
    };
    match index {
        Expr::UnaryOp(minus) if minus.op == UnaryOp::USub && is(&minus.operand, 1) => Some(true),
        index => is(index, 0).then_some(false),
    }
}

/// `copy = x.copy()` in a loop that only reads the copy and leaves `x` alone.
fn only_read(case: &Case<'_>, id: Id) -> Option<Finding> {
    let tree = case.tree;
    let AnyNodeRef::StmtAssign(assign) = tree[id] else { return None };
    let [target @ Expr::Name(name)] = &*assign.targets else { return None };
    let copied = copied(tree, &assign.value)?;
    let repeated = *tree.loops(id).first()?;
    let extent = tree.loop_extent(repeated);
    let (source, copy) = (tree.variable(tree.id_of(copied))?, tree.variable(tree.id_of(target))?);
    let is_local = |id: Id| tree.storage(id, case.python) == Some(Storage::Local);
    if !is_local(tree.id_of(copied)) || !is_local(tree.id_of(target)) {
        return None;
    }
    let read_alone = tree.uses(copy).iter().all(|(use_id, done)| {
        *use_id == tree.id_of(target) || (done.only_reads() && tree.contains(extent, *use_id))
    });
    if !read_alone || !tree.changes(source, extent).is_empty() {
        return None;
    }
    let Hot { operand, length, .. } = hot(case, assign.value.range(), copied)?;
    // The copy of the turn before goes away when the name is bound anew.
    let heat = case.built_in(case.heat_on(&[assign.value.range(), target.range()])?)?;
    if operand.type_name != "list" && operand.type_name != "dict" {
        return None;
    }
    // The copy stays as it was when what is copied is changed by another name, or by what is called.
    let check = left_alone(case, tree.id_of(copied), extent, &operand)?;
    let text = code(case.source, assign.value.range());
    let (original, at) = (source.name, line(case.source, tree.range(repeated)));
    Some(Finding {
        range: assign.value.range(),
        title: format!("`{text}` is made on every turn, and only read"),
        because: vec![
            sighting(&operand),
            format!(
                "No statement of the loop on {at} changes `{original}` or `{}` by that name: read \
                 `{original}` itself.{}",
                name.id,
                check.map_or(String::new(), |check| format!(" {check}"))
            ),
        ],
        heat,
        evidence: vec![Evidence::Operand(operand)],
        worth: Worth::Time(case.gain(&heat, Some(length), MIN_LENGTH)?),
        fix: None,
    })
}

/// The name that an expression copies: `list(x)`, `x.copy()`, `x[:]`.
fn copied<'a>(tree: &Tree<'a>, value: &'a Expr) -> Option<&'a Expr> {
    let copied = match value {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method)
                if method.attr.as_str() == "copy" && call.arguments.is_empty() =>
            {
                &*method.value
            }
            _ if is_builtin_call(tree, call, "list") => match &*call.arguments.args {
                [only] => only,
                _ => return None,
            },
            _ => return None,
        },
        Expr::Subscript(item) => match &*item.slice {
            Expr::Slice(slice)
                if slice.lower.is_none() && slice.upper.is_none() && slice.step.is_none() =>
            {
                &*item.value
            }
            _ => return None,
        },
        _ => return None,
    };
    copied.is_name_expr().then_some(copied)
}
