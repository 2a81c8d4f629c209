//! Lines of a patch, exact to the byte.

use advisors::Encoding;
use similar::{ChangeTag, TextDiff};

use crate::text::Untrusted;

/// Unchanged lines around each change, as git has them.
const CONTEXT: usize = 3;

/// What changes from `before` to `after`.
///
/// # Errors
/// Says so when a line cannot be told exactly.
pub(super) fn between(before: &str, after: &str, encoding: Encoding) -> Result<Vec<u8>, String> {
    let diff = TextDiff::from_lines(before, after);
    let mut bytes = Vec::new();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        bytes.extend(format!("{}\n", hunk.header()).into_bytes());
        for change in hunk.iter_changes() {
            bytes.push(match change.tag() {
                ChangeTag::Equal => b' ',
                ChangeTag::Delete => b'-',
                ChangeTag::Insert => b'+',
            });
            bytes.extend(exact(change.value(), encoding)?);
            if change.missing_newline() {
                bytes.extend(b"\n\\ No newline at end of file\n");
            }
        }
    }
    Ok(bytes)
}

/// Whether a patch can have the change.
pub(in crate::report) fn can_be_told(before: &str, after: &str) -> bool {
    let encoding = Encoding::of(before.as_bytes());
    encoding.is_ok_and(|encoding| between(before, after, encoding).is_ok())
}

fn exact(line: &str, encoding: Encoding) -> Result<Vec<u8>, String> {
    let (content, end) = match line.strip_suffix('\n') {
        Some(rest) => rest.strip_suffix('\r').map_or((rest, "\n"), |rest| (rest, "\r\n")),
        None => (line, ""),
    };
    let content = Untrusted::new(content);
    let content = content.exact().ok_or("a line beside it holds a character that is not shown")?;
    let mut bytes = encoding.encode(content).ok_or("the file's encoding has no room for it")?;
    bytes.extend(end.bytes());
    Ok(bytes)
}
