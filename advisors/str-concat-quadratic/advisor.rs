//! `s += x` where CPython copies all of `s` to add a little to it.

use crate::concat::{Concatenated, Proposal, findings};
use crate::shape::{Append, Form, Growing, Storage, Target, Tree};
use crate::{Advisor, Case, Finding};

pub(crate) struct StrConcatQuadratic;

impl Advisor for StrConcatQuadratic {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        findings::<Self>(case)
    }
}

impl Concatenated for StrConcatQuadratic {
    const TYPE: &'static str = "str";
    const LONG: u64 = 10_000;
    const GROWN: u64 = 2_000;

    fn copies(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> bool {
        let Target::Variable(_) = growing.target else { return true };
        match storage(case, append) {
            _ if append.form != Form::InPlace => true,
            Some(Storage::Global) => true,
            Some(Storage::Module | Storage::Cell | Storage::Class) => case.python.at_least(3, 11),
            Some(Storage::Local) | None => false,
        }
    }

    fn is_sure(tree: &Tree<'_>, growing: &Growing<'_>) -> bool {
        let values = growing.first_values(tree);
        let formatted = growing.appends.iter().any(|append| append.form == Form::Formatted);
        formatted
            || values.iter().any(|v| v.is_string_literal_expr() || v.is_f_string_expr())
            || growing.appends.iter().any(|append| adds_text(tree, append))
    }

    fn why(case: &Case<'_>, growing: &Growing<'_>, append: &Append<'_>) -> String {
        let name = growing.expression;
        let only = "CPython extends a string in place only where it is a plain local variable";
        match (growing.target, append.form, storage(case, append)) {
            (_, Form::Chained, _) => {
                format!(
                    "The first `+` makes a new string of `{name}`, and each further one another."
                )
            }
            (_, Form::Formatted, _) => "An f-string is always a new string.".to_owned(),
            (_, Form::Prepended, _) => {
                "A string cannot grow at its front: the sum is always a new string.".to_owned()
            }
            (Target::Attribute(_), ..) => {
                format!("{only}; the object holds on to an attribute while the sum is made.")
            }
            (Target::Item(_), ..) => {
                format!("{only}; the container holds on to an item while the sum is made.")
            }
            (_, _, Some(Storage::Cell)) => {
                format!(
                    "{only}; since 3.11 that leaves out `{name}`, which an inner function shares."
                )
            }
            (_, _, Some(Storage::Class)) => {
                format!("{only}; since 3.11 that leaves out the names of a class body.")
            }
            (_, _, Some(Storage::Module)) => {
                format!("{only}; since 3.11 that leaves out the names of a module's body.")
            }
            _ => format!("{only}; `{name}` is a `global`."),
        }
    }

    fn propose<'a>(case: &Case<'a>, growing: &Growing<'a>) -> Proposal {
        Proposal::collect(
            case,
            growing,
            "Keep a list of parts in each item, append to it, and join it once at the end.",
        )
    }
}

fn storage(case: &Case<'_>, append: &Append<'_>) -> Option<Storage> {
    append.name(case.tree).and_then(|name| case.tree.storage(name, case.python))
}

/// Whether what is added can only be a string.
fn adds_text(tree: &Tree<'_>, append: &Append<'_>) -> bool {
    let Some(added) = &append.added else { return false };
    let text = added.text.trim_start_matches(['f', 'F', 'r', 'R']);
    let literal = text.starts_with(['"', '\'']) && !added.text.starts_with(['b', 'B']);
    literal
        && tree.subtree(append.statement).any(|id| {
            let node = tree[id];
            node.is_expr_string_literal() || node.is_expr_f_string()
        })
}
