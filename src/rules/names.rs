//! Names as people type them, and what they will have meant.

use advisors::CATALOGUE;

/// How alike a name must be to be what was meant, from 0 to 1.
const ALIKE: f32 = 0.4;

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} {name:?}{}", meant.map(|it| format!("; did you mean {it}?")).unwrap_or_default())]
pub struct UnknownName {
    /// What it was to name.
    pub kind: &'static str,
    /// As it was typed.
    pub name: String,
    /// What it may have been.
    pub meant: Option<&'static str>,
}

/// The advisor of that name.
///
/// # Errors
/// When there is none, with the one whose name is most like it.
pub fn advisor(name: &str) -> Result<&'static str, UnknownName> {
    advisors::find(name).map(|entry| entry.id).ok_or_else(|| UnknownName {
        kind: "advisor",
        name: name.to_owned(),
        meant: nearest(&name.to_lowercase(), CATALOGUE.iter().map(|entry| entry.id)),
    })
}

/// Of the known names the one most like `name`, if any is alike.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.collect();
    similar::get_close_matches(name, &known, 1, ALIKE).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_nonsense_is_not() {
        let known = ["list-membership", "list-pop0", "pool-sizing"];
        let nearest = |name| nearest(name, known.into_iter());
        assert_eq!(nearest("list-memebrship"), Some("list-membership"));
        assert_eq!(nearest("list_pop"), Some("list-pop0"));
        assert_eq!(nearest("pool"), Some("pool-sizing"));
        assert_eq!(nearest("xyzzy"), None);
    }

    #[test]
    fn what_was_meant_is_said() {
        assert_eq!(advisor("list-pop0"), Ok("list-pop0"));
        let unknown = advisor("list-pop").expect_err("unknown").to_string();
        assert_eq!(unknown, "there is no advisor \"list-pop\"; did you mean list-pop0?");
        let unknown = advisor("LIST-POP0").expect_err("unknown").to_string();
        assert_eq!(unknown, "there is no advisor \"LIST-POP0\"; did you mean list-pop0?");
        let unknown = advisor("xyzzy").expect_err("unknown").to_string();
        assert_eq!(unknown, "there is no advisor \"xyzzy\"");
    }
}
