//! `[tool.unslow]` of a `pyproject.toml`.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::names::{UnknownName, nearest};
use super::pattern::PatternError;
use super::{Pattern, Rules, advisor};

/// What a project says about itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Which findings are wanted.
    pub rules: Rules,
    /// What fails the check, as after `--fail-on`.
    pub fail_on: Vec<String>,
    /// The findings that are known already, as after `--baseline`.
    pub baseline: Option<PathBuf>,
    /// Whether a check may pass without values, as after `--without-values`.
    pub without_values: bool,
}

/// Why a `pyproject.toml` cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is not TOML; where and why.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key or an advisor that there is none of.
    #[error("{at}: {source}")]
    Unknown {
        /// The key.
        at: String,
        /// What is unknown.
        source: UnknownName,
    },
    /// A value that its key cannot have.
    #[error("{at}: expected {expected}")]
    Value {
        /// The key.
        at: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A pattern that means no file.
    #[error("{at}: {source}")]
    Pattern {
        /// The key.
        at: String,
        /// What is wrong with it.
        source: PatternError,
    },
}

type Reading<T> = Result<T, SettingsError>;

impl SettingsError {
    /// What to do next, where there is something.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { at, .. } if at == TABLE => {
                Some(format!("the settings are {}", KEYS.join(", ")))
            }
            Self::Unknown { .. } => Some("list the advisors with: unslow explain".to_owned()),
            Self::Syntax(_) | Self::Value { .. } | Self::Pattern { .. } => None,
        }
    }
}

const TABLE: &str = "tool.unslow";

/// Every setting.
pub const KEYS: &[&str] = &[
    "select",
    "ignore",
    "per-file-ignores",
    "paths",
    "min-saving",
    "min-share",
    "fail-on",
    "baseline",
    "without-values",
];

/// What people may call a setting, and what it is called.
const CALLED: &[(&str, &str)] = &[
    ("mine", "paths"),
    ("src", "paths"),
    ("include", "paths"),
    ("enable", "select"),
    ("disable", "ignore"),
    ("exclude", "ignore"),
    ("threshold", "min-saving"),
    ("thresholds", "min-saving"),
];

const NAMES: &str = "a list of advisors, such as [\"list-membership\"]";
const PATTERNS: &str = "a list of patterns, such as [\"src\", \"jobs/*.py\"]";
const PERCENT: &str = "a percentage as text, such as \"2%\"";

/// Whether a `pyproject.toml` may say anything to us. Others are not read: what is wrong with them is
/// not for us to tell.
pub fn is_meant(text: &str) -> bool {
    text.contains("unslow")
}

/// What the `pyproject.toml` in the folder `root` says; `None` when it has no `[tool.unslow]`.
///
/// # Errors
/// See [`SettingsError`].
pub fn settings(text: &str, root: &Path) -> Reading<Option<Settings>> {
    let all: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        SettingsError::Syntax(format!("line {line}: {}", error.message()))
    })?;
    let Some(ours) = all.get("tool").and_then(|tool| tool.get("unslow")) else { return Ok(None) };
    let ours = ours.as_table().ok_or_else(|| value(TABLE, "a table"))?;
    if let Some(key) = ours.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let source = UnknownName { kind: "setting", name: key.clone(), meant: meant(key) };
        return Err(SettingsError::Unknown { at: TABLE.to_owned(), source });
    }
    let rules = Rules {
        select: ours.get("select").map(|it| advisors(it, "select")).transpose()?,
        ignore: ours.get("ignore").map_or(Ok(Vec::new()), |it| advisors(it, "ignore"))?,
        per_file: ours.get("per-file-ignores").map_or(Ok(Vec::new()), per_file)?,
        mine: ours.get("paths").map(mine).transpose()?,
        root: Some(root.to_owned()),
        ..Rules::default()
    };
    Ok(Some(Settings {
        rules: Rules {
            least_saving: least(ours, "min-saving", rules.least_saving)?,
            least_share: least(ours, "min-share", rules.least_share)?,
            ..rules
        },
        fail_on: ours.get("fail-on").map_or(Ok(Vec::new()), |it| {
            texts(it, "fail-on", "a list of conditions, such as [\"saving>10%\"]")
        })?,
        baseline: ours.get("baseline").map(|it| baseline(it, root)).transpose()?,
        without_values: ours.get("without-values").map_or(Ok(false), without_values)?,
    }))
}

fn meant(key: &str) -> Option<&'static str> {
    let called = CALLED.iter().find(|(called, _)| *called == key).map(|(_, name)| *name);
    called.or_else(|| nearest(key, KEYS.iter().copied()))
}

fn value(key: &str, expected: &'static str) -> SettingsError {
    SettingsError::Value { at: key.to_owned(), expected }
}

fn texts(list: &Value, key: &str, expected: &'static str) -> Reading<Vec<String>> {
    let wrong = || value(key, expected);
    let texts = list.as_array().ok_or_else(wrong)?.iter();
    texts.map(|text| text.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}

fn advisors(list: &Value, key: &str) -> Reading<Vec<&'static str>> {
    let known = |name: &String| {
        advisor(name).map_err(|source| SettingsError::Unknown { at: key.to_owned(), source })
    };
    texts(list, key, NAMES)?.iter().map(known).collect()
}

fn pattern(text: &str, key: &str) -> Reading<Pattern> {
    Pattern::new(text).map_err(|source| SettingsError::Pattern { at: key.to_owned(), source })
}

fn per_file(files: &Value) -> Reading<Vec<(Pattern, Vec<&'static str>)>> {
    const KEY: &str = "per-file-ignores";
    let files = files.as_table();
    let files =
        files.ok_or_else(|| value(KEY, "a table, such as {\"tests/*\" = [\"float-equality\"]}"))?;
    let entry = |(file, names): (&String, &Value)| Ok((pattern(file, KEY)?, advisors(names, KEY)?));
    files.iter().map(entry).collect()
}

fn mine(list: &Value) -> Reading<Vec<Pattern>> {
    let patterns = texts(list, "paths", PATTERNS)?;
    // With none, every check would pass for ever.
    if patterns.is_empty() {
        return Err(value("paths", PATTERNS));
    }
    patterns.iter().map(|text| pattern(text, "paths")).collect()
}

fn least(ours: &Table, key: &str, default: f64) -> Reading<f64> {
    let Some(given) = ours.get(key) else { return Ok(default) };
    given.as_str().and_then(percentage).ok_or_else(|| value(key, PERCENT))
}

/// `2%`, `2.5 %` as a part of one, no more than that.
fn percentage(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number / 100.0)
}

fn baseline(file: &Value, root: &Path) -> Reading<PathBuf> {
    let file = file.as_str().ok_or_else(|| value("baseline", "the name of a file"))?;
    Ok(root.join(file))
}

fn without_values(given: &Value) -> Reading<bool> {
    given.as_bool().ok_or_else(|| value("without-values", "true or false"))
}
