//! Where the source makes a process pool.

use ruff_python_ast::{AnyNodeRef, Expr, ExprCall, Number};
use ruff_text_size::{Ranged, TextRange};

use crate::Pool;
use crate::shape::{Id, Tree};

/// Assignments that are followed to a pool's size.
const MAX_STEPS: u32 = 4;

/// Children that are no workers: multiprocessing's resource tracker and its like.
const HELPERS: u32 = 2;

/// A call that makes a process pool.
pub(super) struct Construct<'a> {
    pub(super) call: &'a ExprCall,
    pub(super) size: Size<'a>,
    /// The number of workers that the code asks for, where it is written out.
    pub(super) count: Option<u32>,
}

/// How a call says how many workers there are to be.
pub(super) enum Size<'a> {
    /// An argument.
    Argument(&'a Expr),
    /// Not at all; the keyword that would.
    Absent(&'static str),
    /// In arguments that are unpacked.
    Unpacked,
}

/// The call that made the pool that was seen; `None` where the file has none, or several that
/// might have.
pub(super) fn find<'a>(tree: &Tree<'a>, pool: &Pool) -> Option<Construct<'a>> {
    let mut fitting: Vec<Construct<'a>> = tree
        .ids()
        .filter_map(|id| construct(tree, id))
        .filter(|made| made.count.is_none_or(|count| count + HELPERS >= pool.workers))
        .collect();
    let distance = |made: &Construct<'_>| made.count.map(|count| count.abs_diff(pool.workers));
    if let Some(exact) =
        fitting.iter().position(|made| distance(made).is_some_and(|away| away <= HELPERS))
    {
        return Some(fitting.swap_remove(exact));
    }
    let only = fitting.pop();
    only.filter(|_| fitting.is_empty())
}

fn construct<'a>(tree: &Tree<'a>, id: Id) -> Option<Construct<'a>> {
    let AnyNodeRef::ExprCall(call) = tree[id] else { return None };
    let keyword = tree.pool_kind(call).filter(|kind| kind.has_processes())?.size_keyword();
    let arguments = &call.arguments;
    let unpacked = arguments.args.iter().any(Expr::is_starred_expr)
        || arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
    let size = match (arguments.find_keyword(keyword), arguments.args.first()) {
        _ if unpacked => Size::Unpacked,
        (Some(named), _) => Size::Argument(&named.value),
        (None, Some(first)) => Size::Argument(first),
        (None, None) => Size::Absent(keyword),
    };
    let count = match size {
        Size::Argument(expr) => number(tree, expr, MAX_STEPS).map(|(count, _)| count),
        _ => None,
    };
    Some(Construct { call, size, count })
}

/// A number that is written out, or that a variable is bound to and nothing else; with the place
/// where it is written.
pub(super) fn number(tree: &Tree<'_>, expr: &Expr, steps: u32) -> Option<(u32, TextRange)> {
    match expr {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => Some((u32::try_from(value.as_u64()?).ok()?, literal.range())),
            _ => None,
        },
        Expr::Name(_) if steps > 0 => number(tree, tree.assigned_once(expr)?, steps - 1),
        _ => None,
    }
}

/// Whether a variable is mentioned where it is bound and in one other place.
pub(super) fn has_one_use(tree: &Tree<'_>, name: &Expr) -> bool {
    let variable = name.is_name_expr().then(|| tree.variable(tree.id_of(name))).flatten();
    variable.is_some_and(|variable| tree.mentions(variable).len() == 2)
}

/// Whether `os` is the module, for all of the file.
pub(super) fn imports_os(tree: &Tree<'_>) -> bool {
    use ruff_python_ast::Stmt;
    tree.source().module().body.iter().any(|stmt| match stmt {
        Stmt::Import(import) => {
            import.names.iter().any(|alias| alias.name.as_str() == "os" && alias.asname.is_none())
        }
        _ => false,
    })
}
