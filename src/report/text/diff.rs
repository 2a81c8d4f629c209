//! A refactor as a unified diff.

use advisors::Encoding;
use similar::{ChangeTag, TextDiff};

use super::style::Style;
use crate::report::patch::hunks;
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
    // A tab ends a name in which a space would.
    let end = if name.contains(' ') { "\t" } else { "" };
    let diff = TextDiff::from_lines(before, after);
    let mut lines = vec![
        style.strong(&format!("--- a/{name}{end}")),
        style.strong(&format!("+++ b/{name}{end}")),
    ];
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

/// Below a diff that is not exact.
const INEXACT: &str = "It cannot be applied as it stands here, since its line breaks, its encoding or some \
                       characters of it are not shown as they are: -o fixes.patch writes it exactly.";

/// Below one that nothing can tell exactly.
const UNTELLABLE: &str = "It cannot be applied as it stands here: characters that would act on a terminal \
                          are shown as escapes. -o fixes.patch leaves it out for them.";

/// What is to be known of the diff from `before` to `after`, where its lines do not have all bytes of the
/// file.
pub(in crate::report) fn caveat(before: &str, after: &str) -> Option<&'static str> {
    let is_utf_8 = Encoding::of(before.as_bytes()).is_ok_and(|it| it == Encoding::Utf8);
    let is_shown = |line: &str| {
        let content = line.strip_suffix('\n').unwrap_or(line);
        Untrusted::new(content).exact().is_some() && (is_utf_8 || content.is_ascii())
    };
    let diff = TextDiff::from_lines(before, after);
    let mut hunks = diff.unified_diff();
    let mut hunks = hunks.context_radius(CONTEXT).iter_hunks();
    if hunks.all(|hunk| hunk.iter_changes().all(|change| is_shown(change.value()))) {
        return None;
    }
    Some(if hunks::can_be_told(before, after) { INEXACT } else { UNTELLABLE })
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
    fn a_diff_that_is_not_exact_is_said_to_be_none() {
        let told = |text: &str| caveat(text, &text.replace("[]", "set()"));
        assert_eq!(told("x = 'größe'\n\tseen = []\n"), None);
        assert_eq!(told("# \x0c\n#\n#\nseen = []\n"), None, "far away");
        assert_eq!(told("seen = []\r\nx = 1\r\n"), Some(INEXACT));
        assert_eq!(told("# coding: latin-1\n# größe\nseen = []\n"), Some(INEXACT));
        assert_eq!(told("# coding: latin-1\n# none\nseen = []\n"), None);
        for hidden in ['\u{c}', '\u{b}', '\u{2028}', '\u{202e}'] {
            assert_eq!(told(&format!("x = '{hidden}'\nseen = []\n")), Some(UNTELLABLE));
        }
    }

    #[test]
    fn a_name_with_a_space_ends_with_a_tab() {
        let lines = unified("a\n", "b\n", "my etl.py", Style { color: false });
        assert_eq!(lines[..2], ["--- a/my etl.py\t", "+++ b/my etl.py\t"]);
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
