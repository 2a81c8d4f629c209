//! A refactor as a unified diff.

use similar::{ChangeTag, TextDiff};

use super::style::Style;
use crate::text::Untrusted;

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
            let text = patch_line(change.value());
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

/// A line of source with its tabs, so that the diff can be applied; the line break is gone, the rest
/// neutralised.
fn patch_line(line: &str) -> String {
    let parts = line.trim_end_matches(['\r', '\n']).split('\t');
    let parts: Vec<String> = parts.map(|part| Untrusted::new(part).terminal()).collect();
    parts.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_tabs() {
        let before = "if a:\n\tb\x1b[0m\r\n\tc\td\n";
        let after = "if a:\n\tB\r\n\tc\td\n";
        let lines = unified(before, after, "x.py", Style { color: false });
        assert_eq!(lines[3..], [" if a:", "-\tb\\u{1b}[0m", "+\tB", " \tc\td"]);
    }

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
