//! `data += chunk`, which copies all of `data`, on every turn of a loop.

use crate::concat::{Concatenated, Proposal, findings};
use crate::shape::{Append, Growing, Tree};
use crate::{Advisor, Case, Finding};

pub(crate) struct BytesConcatInLoop;

impl Advisor for BytesConcatInLoop {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        findings::<Self>(case)
    }
}

impl Concatenated for BytesConcatInLoop {
    const TYPE: &'static str = "bytes";
    const LONG: u64 = 10_000;
    const GROWN: u64 = 2_000;

    fn copies(_case: &Case<'_>, _growing: &Growing<'_>, _append: &Append<'_>) -> bool {
        true
    }

    fn is_sure(tree: &Tree<'_>, growing: &Growing<'_>) -> bool {
        growing.first_values(tree).iter().any(|value| value.is_bytes_literal_expr())
    }

    fn why(_case: &Case<'_>, _growing: &Growing<'_>, _append: &Append<'_>) -> String {
        "CPython never extends bytes in place.".to_owned()
    }

    fn propose<'a>(case: &Case<'a>, growing: &Growing<'a>) -> Proposal {
        Proposal::collect(
            case,
            growing,
            "Keep a `bytearray` in each item: `+=` extends it in place, and `bytes(...)` makes what \
             is needed of it at the end.",
        )
    }
}
