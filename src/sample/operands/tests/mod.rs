//! Looks at frames whose operands are known, and at memory that lies.

mod arrays;
mod cost;
mod dataframes;
mod fake;
mod footprint;
mod hostile;
mod items;
mod kept;
mod lines;
mod live;
mod loggers;
mod opcodes;
mod operations;
#[path = "../../../../tests/support/packages.rs"]
mod packages;
mod passed;
mod process;
mod rebound;
mod references;
mod variables;

use crate::sample::Operand;

/// An operand in one line: `seen: list 3 of int, str`.
fn told(operand: &Operand) -> String {
    let mut line = format!("{}: {}", operand.expression.data(), operand.type_name.data());
    if let Some(length) = operand.length {
        line += &format!(" {length}");
    }
    if !operand.elements.is_empty() {
        let names: Vec<&str> = operand.elements.iter().map(|name| name.data()).collect();
        line += &format!(" of {}", names.join(", "));
    }
    line
}
