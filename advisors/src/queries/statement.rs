//! What a statement of a database reads and writes, by its text.

use ruff_python_ast::{Expr, ExprCall};

use crate::shape::Tree;

/// Words with which statements begin that only read.
const READS: &[&str] = &["EXPLAIN", "PRAGMA", "SELECT", "VALUES"];

/// Words with which statements begin that write to one table, which stands behind the last of these words
/// at their start.
const WRITES: &[&str] = &["DELETE", "INSERT", "MERGE", "REPLACE", "UPDATE"];

/// What stands between such a word and the table.
const BEFORE_TABLE: &[&str] =
    &["ABORT", "FAIL", "FROM", "IGNORE", "INTO", "ONLY", "OR", "REPLACE", "ROLLBACK"];

/// A statement as text.
pub(super) struct Statement {
    pub(super) writes: bool,
    /// What it writes to; of one that only reads, or says so only in part, nothing.
    table: Option<String>,
    /// Its names and keywords, in capitals; `None` where it is not known in full.
    words: Option<Vec<String>>,
}

impl Statement {
    /// What `execute` is told to run; `None` where that is not known, or is nothing that reads or writes
    /// one table.
    pub(super) fn of<'a>(tree: &Tree<'a>, call: &'a ExprCall) -> Option<Self> {
        let first = call.arguments.args.first()?;
        let Some(text) = tree.constant_text(first) else {
            let begins = leading_text(tree.assigned_once(first).unwrap_or(first))?;
            let reads = words(begins).first().is_some_and(|it| READS.contains(&it.as_str()));
            return reads.then_some(Self { writes: false, table: None, words: None });
        };
        let words = words(text);
        let verb = words.first()?.as_str();
        let writes = WRITES.contains(&verb);
        if !writes && !READS.contains(&verb) {
            return None;
        }
        let mut rest = words.iter().skip(1);
        let table = rest.find(|word| !BEFORE_TABLE.contains(&word.as_str())).filter(|_| writes);
        if writes && table.is_none() {
            return None;
        }
        Some(Self { writes, table: table.cloned(), words: Some(words) })
    }

    /// Whether one may write what the other reads or writes.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let names = |statement: &Self, table: &Option<String>| match (table, &statement.words) {
            (Some(table), Some(words)) => words.contains(table),
            (Some(_), None) => true,
            (None, _) => false,
        };
        names(self, &other.table) || names(other, &self.table)
    }
}

/// The text that a string begins with.
fn leading_text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(literal) => Some(literal.value.to_str()),
        Expr::FString(string) => {
            string.value.f_strings().next()?.elements.first()?.as_literal().map(|it| &*it.value)
        }
        Expr::BinOp(sum) => leading_text(&sum.left),
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => leading_text(&method.value),
            _ => None,
        },
        _ => None,
    }
}

/// The names and keywords of a statement, in capitals and without quotes.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_uppercase).collect()
}
