//! Folk advice that does not pay, against the whole catalogue: `never.md`.

use super::{examine, literate, rendered};
use crate::{CATALOGUE, Python};

/// The versions for which a snippet stands that names none.
const PYTHONS: [Python; 5] = [
    Python::new(3, 11),
    Python::new(3, 12),
    Python::new(3, 13),
    Python::new(3, 14),
    Python::new(3, 15),
];

#[test]
fn what_does_not_pay_is_never_said() {
    let snippets = literate::snippets(include_str!("../../never.md")).unwrap();
    assert!(snippets.len() >= 30, "only {} snippets", snippets.len());
    let mut said = String::new();
    for snippet in &snippets {
        let named = !snippet.pythons.is_empty();
        for &python in if named { &snippet.pythons[..] } else { &PYTHONS } {
            for entry in CATALOGUE {
                let at = format!("{}:{} on {python}, {}", snippet.heading, snippet.line, entry.id);
                let (source, findings) =
                    examine(entry, &snippet.code, python).unwrap_or_else(|e| panic!("{at}: {e}"));
                for finding in &findings {
                    said.push_str(&format!("{at}:\n{}", rendered(&source, finding).unwrap()));
                }
            }
        }
    }
    assert!(said.is_empty(), "\n{said}");
}
