//! Edits that fit into the text around them.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::{Id, Tree};
use crate::{Edit, Source};

/// Puts `code` (one simple statement) after a simple statement: on a line of its own, or behind a
/// semicolon where the statement shares its line.
pub fn after_statement(source: &Source, statement: TextRange, code: &str) -> Edit {
    let lines = surroundings(source, statement);
    if lines.alone {
        let text = format!("{}{}{code}", newline(source), lines.indent);
        return Edit { range: TextRange::empty(lines.end), text };
    }
    Edit { range: TextRange::empty(statement.end()), text: format!("; {code}") }
}

/// Puts `code` (one simple statement) on a line before a statement; `None` where the statement
/// shares its first line with another before it.
pub fn before_statement(source: &Source, statement: TextRange, code: &str) -> Option<Edit> {
    let lines = surroundings(source, statement);
    let text = format!("{code}{}{}", newline(source), lines.indent);
    lines.first.then(|| Edit { range: TextRange::empty(statement.start()), text })
}

/// Adds `from module import name` or `import module` after the docstring and the imports at the
/// top of the file; `None` when the file already has that very import at its top.
pub fn import(source: &Source, statement: &str) -> Option<Edit> {
    let body = &source.module().body;
    let mut after = None;
    for (index, stmt) in body.iter().enumerate() {
        match stmt {
            Stmt::Import(_) | Stmt::ImportFrom(_) => {
                if source.slice(stmt.range()) == statement {
                    return None;
                }
                after = Some(stmt);
            }
            Stmt::Expr(docstring) if index == 0 && is_string(&docstring.value) => {
                after = Some(stmt)
            }
            _ => break,
        }
    }
    Some(match after {
        Some(Stmt::Expr(docstring)) => {
            let blank = format!("{}{statement}", newline(source));
            after_statement(source, docstring.range(), &blank)
        }
        Some(stmt) => after_statement(source, stmt.range(), statement),
        None => {
            let at = first_code_line(source);
            let text = format!("{statement}{0}{0}", newline(source));
            Edit { range: TextRange::empty(at), text }
        }
    })
}

/// A name made of `base` and `suffix` that the file does not use yet.
pub fn free_name(tree: &Tree<'_>, base: &str, suffix: &str) -> String {
    let plain = format!("{base}{suffix}");
    let numbered = (2..).map(|number| format!("{plain}{number}"));
    std::iter::once(plain.clone())
        .chain(numbered)
        .find(|name| !tree.is_taken(name))
        .unwrap_or(plain)
}

/// The statement, as a range, that a node is or stands in.
pub fn statement_range(tree: &Tree<'_>, id: Id) -> Option<TextRange> {
    tree.statement(id).map(|statement| tree.range(statement))
}

fn is_string(expr: &Expr) -> bool {
    expr.is_string_literal_expr()
}

struct Surroundings {
    indent: String,
    /// Nothing but blanks stands before the statement on its first line.
    first: bool,
    /// And nothing but a comment after it on its last.
    alone: bool,
    /// End of its last line, before the line break.
    end: TextSize,
}

fn surroundings(source: &Source, statement: TextRange) -> Surroundings {
    let place = source.place(statement);
    let line = |number| source.line_range(number).unwrap_or(statement);
    let (top, bottom) = (line(place.line), line(place.end_line));
    let before = source.slice(TextRange::new(top.start(), statement.start()));
    let after = source.slice(TextRange::new(statement.end(), bottom.end())).trim();
    let first = before.trim().is_empty();
    Surroundings {
        indent: if first { before.to_owned() } else { String::new() },
        first,
        alone: first && (after.is_empty() || after.starts_with('#')),
        end: bottom.end(),
    }
}

/// Start of the first line that is no comment: a shebang and a coding cookie stay where they are.
fn first_code_line(source: &Source) -> TextSize {
    (1..)
        .map_while(|number| source.line_range(number))
        .find(|&line| !source.slice(line).starts_with('#'))
        .map_or(TextSize::new(0), |line| line.start())
}

/// The line break that the file uses.
pub fn newline(source: &Source) -> &'static str {
    if source.text().contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, Safety};

    fn applied(text: &str, edit: impl Fn(&Source) -> Edit) -> String {
        let source = Source::parse(text.as_bytes()).unwrap();
        let edits = vec![edit(&source)];
        Fix { safety: Safety::Safe, note: None, edits }.apply(&source).unwrap()
    }

    fn first(source: &Source) -> TextRange {
        source.module().body[0].range()
    }

    #[test]
    fn a_statement_is_put_after_another() {
        let add = |text: &str| {
            applied(text, |source| {
                let tree = Tree::of(source);
                let target = tree.names().find(|(_, name)| name.id.as_str() == "x").unwrap().0;
                after_statement(source, statement_range(&tree, target).unwrap(), "y = 2")
            })
        };
        assert_eq!(add("x = 1"), "x = 1\ny = 2");
        assert_eq!(
            add("if a:\n    x = 1  # c\n    b\n"),
            "if a:\n    x = 1  # c\n    y = 2\n    b\n"
        );
        assert_eq!(add("if a: x = 1\n"), "if a: x = 1; y = 2\n");
        assert_eq!(add("x = 1; b\r\n"), "x = 1; y = 2; b\r\n");
        assert_eq!(add("x = (1,\r\n 2)\r\n"), "x = (1,\r\n 2)\r\ny = 2\r\n");
    }

    #[test]
    fn a_statement_is_put_before_another() {
        let text = "for a in b:\n    pass\n";
        let out = applied(text, |source| before_statement(source, first(source), "x = 1").unwrap());
        assert_eq!(out, "x = 1\nfor a in b:\n    pass\n");
    }

    #[test]
    fn an_import_goes_below_the_others() {
        let add = |text: &str| applied(text, |source| import(source, "import d").unwrap());
        assert_eq!(add("x = 1\n"), "import d\n\nx = 1\n");
        assert_eq!(
            add("#!/bin/python\n# coding: utf-8\nx = 1\n"),
            "#!/bin/python\n# coding: utf-8\nimport d\n\nx = 1\n"
        );
        assert_eq!(add("'''Doc.'''\nx = 1\n"), "'''Doc.'''\n\nimport d\nx = 1\n");
        assert_eq!(
            add("'''Doc.'''\nfrom __future__ import annotations\nimport a\n\nx = 1\n"),
            "'''Doc.'''\nfrom __future__ import annotations\nimport a\nimport d\n\nx = 1\n"
        );
        let source = Source::parse(b"import d\n").unwrap();
        assert_eq!(import(&source, "import d"), None);
    }
}
