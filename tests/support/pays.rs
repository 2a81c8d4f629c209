//! From which CPython on an advisor's pair pays.

/// How a `slow.py` declares the first CPython on which its fix pays, as `(3, 13)`: on older ones
/// nothing must be said.
const PAYS_FROM: &str = "\nPAYS_FROM = ";

/// The first CPython on which a pair pays, by its `slow.py`; `None` for one that pays on all.
///
/// # Panics
/// When what is declared is no version.
pub fn pays_from(slow: &str) -> Option<(u8, u8)> {
    let (_, declared) = slow.split_once(PAYS_FROM)?;
    let declared = declared.lines().next().unwrap_or_default();
    let numbers = declared.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let version = numbers.and_then(|numbers| {
        let (major, minor) = numbers.split_once(", ")?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    });
    Some(version.unwrap_or_else(|| panic!("PAYS_FROM is no version: {declared}")))
}
