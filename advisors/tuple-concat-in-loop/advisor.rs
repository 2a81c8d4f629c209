//! `t += (x,)`, which copies all of `t`, on every turn of a loop.

use crate::concat::{Concatenated, Proposal, findings};
use crate::shape::{Append, Form, Growing, Tree};
use crate::{Advisor, Case, Finding};

pub(crate) struct TupleConcatInLoop;

impl Advisor for TupleConcatInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        findings::<Self>(case)
    }
}

impl Concatenated for TupleConcatInLoop {
    const TYPE: &'static str = "tuple";
    const LONG: u64 = 1_000;
    const GROWN: u64 = 500;

    fn copies(_case: &Case<'_>, _growing: &Growing<'_>, append: &Append<'_>) -> bool {
        append.form != Form::Formatted
    }

    fn is_sure(tree: &Tree<'_>, growing: &Growing<'_>) -> bool {
        growing.first_values(tree).iter().any(|value| value.is_tuple_expr())
    }

    fn why(_case: &Case<'_>, _growing: &Growing<'_>, _append: &Append<'_>) -> String {
        "A tuple cannot change: the sum is a new one, into which all of the old one is copied."
            .to_owned()
    }

    fn propose<'a>(case: &Case<'a>, growing: &Growing<'a>) -> Proposal {
        Proposal::collect(
            case,
            growing,
            "Keep a list in each item, append to it, and make it a tuple once at the end.",
        )
    }
}
