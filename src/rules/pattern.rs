//! Patterns of paths: `tests`, `*.py`, `jobs/**/load_*.py`.

use std::fmt;

/// Parts of a pattern; more are a mistake.
const PARTS: usize = 64;

/// A pattern of paths, matched from the project's root on. `*` and `?` stand for what is in one
/// part of a path, `**` for any parts. A pattern without `/` means a name at any depth, and one that
/// means a folder all that is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<String>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is nothing in it.
    #[error("an empty pattern; \"**\" means every file")]
    Empty,
    /// It leaves the project.
    #[error("{0:?} leaves the project; patterns are relative to the folder of pyproject.toml")]
    Outside(String),
    /// It has too many parts.
    #[error("a pattern of more than {PARTS} parts; name a folder further out")]
    TooLong,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// See [`PatternError`].
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let path = text.strip_prefix("./").unwrap_or(text);
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(PatternError::Outside(text.to_owned()));
        }
        let at_any_depth = !path.trim_end_matches('/').contains('/');
        let named = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        let mut parts: Vec<String> = named.map(str::to_owned).collect();
        match parts.len() {
            0 if path == "." => parts.push("**".to_owned()),
            0 => return Err(PatternError::Empty),
            PARTS.. => return Err(PatternError::TooLong),
            _ if at_any_depth => parts.insert(0, "**".to_owned()),
            _ => {}
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands between its slashes; what means a name at any depth begins with `**`.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether it means the file at `path`, or a folder that it is in.
    pub fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // One row of the table a part of the pattern: `reached[n]` when it takes n parts of the path.
        let mut reached = vec![false; parts.len() + 1];
        reached[0] = true;
        for wanted in &self.parts {
            reached =
                if wanted == "**" { from_first(&reached) } else { step(&reached, wanted, &parts) };
        }
        reached.into_iter().any(|it| it)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// All from the first that was reached.
fn from_first(reached: &[bool]) -> Vec<bool> {
    let first = reached.iter().position(|&it| it).unwrap_or(reached.len());
    (0..reached.len()).map(|index| index >= first).collect()
}

/// One part further, where the part fits.
fn step(reached: &[bool], wanted: &str, parts: &[&str]) -> Vec<bool> {
    let fits =
        |index: usize| index > 0 && reached[index - 1] && part_fits(wanted, parts[index - 1]);
    (0..reached.len()).map(fits).collect()
}

/// Whether a part with `*` and `?` fits a name: back to the last `*` on a mismatch, so that no
/// pattern takes more than the product of the lengths.
pub fn part_fits(wanted: &str, name: &str) -> bool {
    let (wanted, name): (Vec<char>, Vec<char>) = (wanted.chars().collect(), name.chars().collect());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < name.len() {
        match wanted.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&c) if c == '?' || c == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((after, from)) = star else { return false };
                star = Some((after, from + 1));
                (at, seen) = (after + 1, from + 1);
            }
        }
    }
    wanted[at..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_people_expect() {
        let cases = [
            ("src", "src/shop/etl.py", true),
            ("src", "lib/src/etl.py", true),
            ("src/", "src/etl.py", true),
            ("./src/shop", "src/shop/etl.py", true),
            ("src/shop", "lib/src/shop/etl.py", false),
            ("src", "srcs/etl.py", false),
            ("*.py", "a/b/etl.py", true),
            ("test_*.py", "a/test_etl.py", true),
            ("test_*.py", "a/etl_test.py", false),
            ("a/*/etl.py", "a/b/etl.py", true),
            ("a/*/etl.py", "a/b/c/etl.py", false),
            ("a/**/etl.py", "a/b/c/etl.py", true),
            ("a/**/etl.py", "a/etl.py", true),
            ("**", "etl.py", true),
            (".", "a/etl.py", true),
            ("e?l.py", "etl.py", true),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("größe/*", "größe/日本.py", true),
        ];
        for (pattern, path, wanted) in cases {
            let pattern = Pattern::new(pattern).expect("a pattern");
            assert_eq!(pattern.matches(path), wanted, "{pattern:?} {path}");
        }
    }

    #[test]
    fn what_can_mean_no_file_of_the_project_is_refused() {
        let refused = |text: &str| Pattern::new(text).expect_err(text);
        assert_eq!(refused(""), PatternError::Empty);
        assert_eq!(refused("../other"), PatternError::Outside("../other".to_owned()));
        assert!(matches!(refused("/srv/app"), PatternError::Outside(_)));
        assert_eq!(refused(&"a/".repeat(99)), PatternError::TooLong);
    }
}
