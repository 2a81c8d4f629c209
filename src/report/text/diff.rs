//! A refactor as a unified diff.

use similar::{ChangeTag, TextDiff};

use super::style::{Style, source_line};

/// Unchanged lines around each change.
const CONTEXT: usize = 2;

/// The lines of the diff from `before` to `after`. `name` is safe for a terminal.
pub(in crate::report) fn unified(
    before: &str,
    after: &str,
    name: &str,
    style: Style,
) -> Vec<String> {
    let name = name.trim_start_matches('/');
    let diff = TextDiff::from_lines(before, after);
    let mut lines =
        vec![style.strong(&format!("--- a/{name}")), style.strong(&format!("+++ b/{name}"))];
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        lines.push(style.command(&hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let text = source_line(change.value());
            lines.push(match change.tag() {
                ChangeTag::Equal => format!(" {text}"),
                ChangeTag::Delete => style.removed(&format!("-{text}")),
                ChangeTag::Insert => style.added(&format!("+{text}")),
            });
            if change.missing_newline() {
                lines.push(style.faint("\\ No newline at end of file"));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_between_their_neighbours() {
        let before = "a\nb\nc\nd\ne\x1b[0m\nf";
        let after = "a\nb\nc\nd\nE\nf";
        let expected = "\
--- a/x.py
+++ b/x.py
@@ -3,4 +3,4 @@
 c
 d
-e\\u{1b}[0m
+E
 f
\\ No newline at end of file";
        assert_eq!(unified(before, after, "/x.py", Style { color: false }).join("\n"), expected);
    }
}
