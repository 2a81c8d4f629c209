//! What collected parts are put together to.

use ruff_python_ast::{Expr, ExprTuple};
use ruff_text_size::{Ranged, TextRange};

use crate::shape::{Append, Proof, Tree};
use crate::{Source, words};

/// The literal that something starts as before it grows; parts are put together to its type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whole<'a> {
    Text(&'a Expr),
    Bytes(&'a Expr),
    Tuple(&'a ExprTuple),
}

impl<'a> Whole<'a> {
    pub(super) fn of(literal: &'a Expr) -> Option<Self> {
        match literal {
            Expr::StringLiteral(_) => Some(Self::Text(literal)),
            Expr::BytesLiteral(_) => Some(Self::Bytes(literal)),
            Expr::Tuple(tuple) => Some(Self::Tuple(tuple)),
            _ => None,
        }
    }

    /// The list of parts at the start.
    pub(super) fn list(self, source: &Source) -> String {
        match self {
            Self::Text(literal) | Self::Bytes(literal) if is_empty(literal) => "[]".to_owned(),
            Self::Text(literal) | Self::Bytes(literal) => {
                format!("[{}]", source.slice(literal.range()))
            }
            Self::Tuple(tuple) => format!("[{}]", elements(source, tuple)),
        }
    }

    /// The expression that puts the parts together.
    pub(super) fn of_parts(self, parts: &str) -> String {
        match self {
            Self::Text(_) => format!("\"\".join({parts})"),
            Self::Bytes(_) => format!("b\"\".join({parts})"),
            Self::Tuple(_) => format!("tuple({parts})"),
        }
    }

    /// What an append does to the list of parts, as `.append(x)`; `None` where it adds on both
    /// sides, or parts that would have to be put in front in their order.
    pub(super) fn collected(self, source: &Source, append: &Append<'_>) -> Option<String> {
        let added = append.added.as_ref()?;
        let Self::Tuple(start) = self else { return Some(format!(".append({})", added.text)) };
        match &*added.values {
            [Expr::Tuple(tuple)] if is_single(tuple) => {
                Some(format!(".append({})", source.slice(tuple.elts[0].range())))
            }
            _ if added.at_front => None,
            _ => Some(format!(".extend({})", added.text)),
        }
        .filter(|_| !added.at_front || start.elts.len() < 2)
    }

    /// What has to be checked of the parts that are not proved to be of the type: those of a class
    /// of their own may add themselves in their own way, which the list does not ask for.
    pub(super) fn doubtful_part(self, tree: &Tree<'a>, appends: &[&Append<'a>]) -> Option<String> {
        let (is_one, kind): (fn(&Tree<'a>, &'a Expr) -> bool, _) = match self {
            Self::Text(_) => (|tree, value| tree.proof(value) == Proof::Text, "str"),
            Self::Bytes(_) => (|tree, value| tree.proof(value) == Proof::Bytes, "bytes"),
            Self::Tuple(_) => (|_, value| value.is_tuple_expr(), "tuple"),
        };
        let mut values = appends.iter().filter_map(|a| a.added.as_ref()).flat_map(|a| &a.values);
        let doubtful = values.find(|value| !is_one(tree, value))?;
        let line = words::line(tree.source(), doubtful.range());
        Some(format!("what is added on {line} must be plain {kind}"))
    }
}

/// The text between the parentheses, where there are any.
fn elements<'s>(source: &'s Source, tuple: &ExprTuple) -> &'s str {
    match &*tuple.elts {
        [] => "",
        [first, .., last] => source.slice(TextRange::new(first.start(), last.end())),
        [only] => source.slice(only.range()),
    }
}

fn is_single(tuple: &ExprTuple) -> bool {
    tuple.elts.len() == 1 && !tuple.elts[0].is_starred_expr()
}

fn is_empty(literal: &Expr) -> bool {
    match literal {
        Expr::StringLiteral(string) => string.value.is_empty(),
        Expr::BytesLiteral(bytes) => bytes.value.is_empty(),
        _ => false,
    }
}
