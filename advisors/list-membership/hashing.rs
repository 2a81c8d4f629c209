//! Whether a set could hold the elements and be asked for the probed values.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCompare};
use ruff_text_size::Ranged;

use crate::shape::{Tree, Use, Variable, call_of, is_builtin_call};
use crate::{Case, Operand, Sight};

/// Whether values can be hashed, and hash alike when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hashable {
    /// Some cannot.
    No,
    /// Nothing is known, or it is up to a class of the program's own.
    Unknown,
    /// All can.
    Yes,
}

/// What has to be checked before a set takes the elements and is asked for the probed values.
pub(super) fn doubt(elements: Hashable, probed: Hashable) -> Option<&'static str> {
    match (elements, probed) {
        (Hashable::Yes, Hashable::Yes) => None,
        (Hashable::Yes, _) => Some("the values that are looked for must be hashable"),
        (_, Hashable::Yes) => Some("the elements must be hashable"),
        _ => Some("the elements and the values that are looked for must be hashable"),
    }
}

const HASHABLE: &[&str] = &[
    "str", "int", "float", "bool", "bytes", "complex", "NoneType", "date", "datetime", "time",
    "timedelta", "Decimal", "Fraction", "UUID", "PosixPath", "WindowsPath",
];

const UNHASHABLE: &[&str] = &["list", "dict", "set", "bytearray", "defaultdict", "Counter", "deque"];

/// Builtins and methods of strings that give a hashable value.
const HASHABLE_CALLS: &[&str] = &["str", "int", "float", "bool", "len", "ord", "chr", "repr", "hash"];
const STRING_METHODS: &[&str] = &[
    "strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "capitalize", "format",
    "replace", "join", "zfill", "hexdigest", "isoformat", "strftime",
];

fn of_types<'t>(types: impl Iterator<Item = &'t String>) -> Hashable {
    let of_type = |name: &String| match name.as_str() {
        name if HASHABLE.contains(&name) => Hashable::Yes,
        name if UNHASHABLE.contains(&name) => Hashable::No,
        _ => Hashable::Unknown,
    };
    types.map(of_type).min().unwrap_or(Hashable::Unknown)
}

/// The elements of the container: as seen, or else as the code that fills it tells.
pub(super) fn elements<'a>(
    tree: &Tree<'a>,
    variable: Option<Variable<'a>>,
    seen: Option<&Operand>,
) -> Hashable {
    match (seen, variable) {
        (Some(operand), _) if !operand.elements.is_empty() => of_types(operand.elements.iter()),
        (_, Some(variable)) => filled_with(tree, variable),
        _ => Hashable::Unknown,
    }
}

/// The value that is looked for: as seen, as the code tells, or an element itself because it is
/// what is appended.
pub(super) fn probed<'a>(
    tree: &Tree<'a>,
    case: &Case<'_>,
    compare: &'a ExprCompare,
    variable: Option<Variable<'a>>,
) -> Hashable {
    let text = tree.source().slice(compare.left.range());
    match case.sight(compare.range(), text) {
        Sight::Seen(operand) => return of_types(std::iter::once(&operand.type_name)),
        Sight::Mixed => return Hashable::Unknown,
        Sight::Unseen => {}
    }
    let by_text = of_expression(tree, &compare.left);
    let container = variable.into_iter().flat_map(|variable| appended(tree, variable));
    let mut same = container.filter(|value| tree.source().slice(value.range()) == text);
    if by_text == Hashable::Unknown && same.next().is_some() {
        let seen = case.sight(compare.range(), tree.source().slice(compare.comparators[0].range()));
        return elements(tree, variable, seen.seen().as_ref());
    }
    by_text
}

/// What is appended to a list.
fn appended<'a>(tree: &Tree<'a>, variable: Variable<'a>) -> Vec<&'a Expr> {
    tree.uses(variable)
        .into_iter()
        .filter_map(|(_, done)| match done {
            Use::Method("append", call) => call_of(tree, call)?.arguments.args.first(),
            _ => None,
        })
        .collect()
}

fn filled_with<'a>(tree: &Tree<'a>, variable: Variable<'a>) -> Hashable {
    let mut known = Hashable::Yes;
    for (id, done) in tree.uses(variable) {
        known = known.min(match done {
            Use::Bound(_) => tree.assigned(id).map_or(Hashable::Unknown, |value| match value {
                Expr::List(list) => all(tree, &list.elts),
                Expr::Tuple(tuple) => all(tree, &tuple.elts),
                Expr::ListComp(comprehension) => of_expression(tree, &comprehension.elt),
                Expr::Call(call) => match &*call.func {
                    Expr::Attribute(method)
                        if matches!(
                            method.attr.as_str(),
                            "split" | "rsplit" | "splitlines" | "readlines"
                        ) =>
                    {
                        Hashable::Yes
                    }
                    Expr::Name(_) if call.arguments.is_empty() => Hashable::Yes,
                    _ => Hashable::Unknown,
                },
                _ => Hashable::Unknown,
            }),
            Use::Method("append", call) => call_of(tree, call)
                .and_then(|call| call.arguments.args.first())
                .map_or(Hashable::Unknown, |value| of_expression(tree, value)),
            Use::Method("extend" | "insert", _) | Use::Changed(_) | Use::Other => Hashable::Unknown,
            _ => Hashable::Yes,
        });
    }
    known
}

fn all(tree: &Tree<'_>, elements: &[Expr]) -> Hashable {
    elements.iter().map(|element| of_expression(tree, element)).min().unwrap_or(Hashable::Yes)
}

fn of_expression(tree: &Tree<'_>, expr: &Expr) -> Hashable {
    match expr {
        Expr::FString(_) => Hashable::Yes,
        Expr::Tuple(tuple) => all(tree, &tuple.elts),
        Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => Hashable::No,
        Expr::ListComp(_) | Expr::DictComp(_) | Expr::SetComp(_) => Hashable::No,
        Expr::BinOp(sum) => {
            // An operand that is a literal makes numbers and strings of the result.
            let literal = sum.left.is_literal_expr() || sum.right.is_literal_expr();
            if literal { Hashable::Yes } else { Hashable::Unknown }
        }
        Expr::Call(call) => match &*call.func {
            Expr::Name(_) if HASHABLE_CALLS.iter().any(|name| is_builtin_call(tree, call, name)) => {
                Hashable::Yes
            }
            Expr::Attribute(method) if STRING_METHODS.contains(&method.attr.as_str()) => {
                Hashable::Yes
            }
            _ => Hashable::Unknown,
        },
        Expr::Name(name) => from_range(tree, name),
        expr if expr.is_literal_expr() => Hashable::Yes,
        _ => Hashable::Unknown,
    }
}

/// The target of a loop over `range(...)` is an integer.
fn from_range(tree: &Tree<'_>, name: &ruff_python_ast::ExprName) -> Hashable {
    let Some(variable) = tree.variable(tree.id_of(name)) else { return Hashable::Unknown };
    let counts = tree.bindings(variable).iter().all(|binding| {
        let iter = match tree.parent(binding.node).map(|parent| tree[parent]) {
            Some(AnyNodeRef::StmtFor(statement)) => &*statement.iter,
            Some(AnyNodeRef::Comprehension(clause)) => &clause.iter,
            _ => return false,
        };
        matches!(iter, Expr::Call(call) if is_builtin_call(tree, call, "range"))
    });
    if counts { Hashable::Yes } else { Hashable::Unknown }
}
