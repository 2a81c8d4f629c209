//! Collapsed stacks: `outermost;...;leaf count`, one line a stack, sorted.

use std::fmt::Write;

use super::{Input, ReportError, selection};

pub(super) fn render(input: &Input<'_>) -> Result<Vec<u8>, ReportError> {
    let mut out = String::new();
    for (stack, samples) in selection::folded(input, |_| {})? {
        writeln!(out, "{stack} {samples}").expect("text grows");
    }
    Ok(out.into_bytes())
}
