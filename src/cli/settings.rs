//! What the project says in `[tool.unslow]` and the command line beyond it, before anything starts.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::args::Checks;
use super::failure::{Failure, Outcome};
use crate::gate::{Baseline, Condition, ConditionError, Gate};
use crate::limits;
use crate::locate::{Nameless, nameless};
use crate::rules::{self, Rules, Settings};

const FILE: &str = "pyproject.toml";

/// What is wanted of findings.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Which ones.
    pub(super) rules: Rules,
    /// What they have to pass.
    pub(super) gate: Gate,
}

impl Wanted {
    /// What the project of the current directory wants, and what was asked for: conditions and a
    /// baseline of the command line stand in for the project's.
    ///
    /// # Errors
    /// When a file cannot be read or a name is not known.
    pub(super) fn plan(asked: &Checks) -> Outcome<Self> {
        let settings = of_project()?;
        let of_project = asked.fail_on.is_empty();
        let conditions = match of_project {
            true => {
                conditions(&settings.fail_on).map_err(|failure| match &settings.rules.root {
                    Some(root) => cannot_use(&root.join(FILE), failure),
                    None => failure,
                })?
            }
            false => conditions(&asked.fail_on)?,
        };
        if let Some((advisor, setting)) = unmeetable(&conditions, &settings.rules) {
            let failure = Failure::new(format!(
                "nothing can fail on {advisor}: `{setting}` in [tool.unslow] leaves it out"
            ));
            let help = match setting {
                "select" => format!("to be told of it: select = [\"{advisor}\", ...]"),
                _ => format!("take {advisor} out of `{setting}`, or out of the check"),
            };
            return Err(failure.help(help));
        }
        // What is about to be written for the first time knows nothing: every finding is new.
        let unwritten = |path: &PathBuf| matches!(path.try_exists(), Ok(false));
        let baseline = match (&asked.baseline, &settings.baseline) {
            (None, Some(path)) if unwritten(path) => Some(Baseline::default()),
            (Some(path), _) | (None, Some(path)) => Some(read_baseline(path)?),
            (None, None) => None,
        };
        let without_values = asked.without_values || settings.without_values;
        let gate = Gate { conditions, of_project, baseline, without_values };
        Ok(Self { rules: settings.rules, gate })
    }
}

/// The first advisor that a condition names and no finding can be of, with the setting that sees to it.
fn unmeetable(conditions: &[Condition], rules: &Rules) -> Option<(&'static str, &'static str)> {
    conditions.iter().find_map(|condition| match *condition {
        Condition::Advisor(advisor) => Some((advisor, rules.setting_against_all(advisor)?)),
        Condition::Any | Condition::Saving(_) | Condition::Share(_) => None,
    })
}

fn conditions(texts: &[String]) -> Outcome<Vec<Condition>> {
    texts.iter().map(|text| condition(text)).collect()
}

fn condition(text: &str) -> Outcome<Condition> {
    text.parse().map_err(|error: ConditionError| {
        Failure::new(error.to_string())
            .help("a check fails on an advisor (list-membership), any, saving>10% or share>10%")
            .help("list the advisors with: unslow explain")
    })
}

fn read_baseline(path: &Path) -> Outcome<Baseline> {
    let doing = || format!("cannot use the baseline {}", path.display());
    let read =
        read(path, limits::BASELINE_BYTES).map_err(|error| Failure::from(error).context(doing()));
    let known = read.and_then(|bytes| {
        Baseline::read(&bytes).map_err(|error| Failure::new(doing()).because(error.to_string()))
    });
    known.map_err(|failure| failure.help("write one with: unslow report PROFILE -o FILE.json"))
}

/// What the nearest `pyproject.toml` with something for us says, from the current directory upwards.
fn of_project() -> Outcome<Settings> {
    let Ok(directory) = std::env::current_dir() else { return Ok(Settings::default()) };
    for folder in directory.ancestors() {
        let path = folder.join(FILE);
        // A pipe would keep us waiting for somebody to write.
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            continue;
        }
        let text = match read(&path, limits::SETTINGS_BYTES) {
            Ok(bytes) => text(&bytes).map_err(|failure| cannot_use(&path, failure))?,
            Err(error) if is_no_file(&error) => continue,
            Err(error) => {
                let help =
                    "a pyproject.toml with [tool.unslow] in the current folder stands in for it";
                return Err(cannot_use(&path, Failure::from(error)).help(help));
            }
        };
        if !rules::is_meant(&text) {
            continue;
        }
        let settings = rules::settings(&text, folder).map_err(|error| {
            let failure = cannot_use(&path, Failure::new(error.to_string()));
            error.help().into_iter().fold(failure, Failure::help)
        })?;
        if let Some(settings) = settings {
            return match nameless(&settings.rules) {
                Some(nameless) => Err(cannot_use(&path, names_nothing(&nameless))),
                None => Ok(settings),
            };
        }
    }
    Ok(Settings::default())
}

/// What stands in a `pyproject.toml`.
///
/// # Errors
/// When it is not UTF-8 but has something for us: it would go unnoticed.
fn text(bytes: &[u8]) -> Outcome<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes).into_owned();
    if bytes.contains(&0) && rules::is_meant(&text.replace('\0', "")) {
        return Err(Failure::new("it is UTF-16, as PowerShell's > writes; TOML is UTF-8")
            .help("write it again: iconv -f UTF-16 -t UTF-8 pyproject.toml"));
    }
    Ok(text)
}

/// A check that looks at nothing would pass for ever.
fn names_nothing(nameless: &Nameless) -> Failure {
    let Nameless { pattern, meant } = nameless;
    let meant = meant.as_ref().map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    Failure::new(format!("paths: {pattern:?} names no file of the project{meant}")).help(
        "`paths` takes folders and files from the folder of pyproject.toml on, with / between them",
    )
}

fn cannot_use(path: &Path, failure: Failure) -> Failure {
    failure.context(format!("cannot use {}", path.display()))
}

/// What is not there, or is not for us to see, says nothing.
fn is_no_file(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

/// # Errors
/// When it cannot be read, or has more bytes than it may have.
fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_shows_every_setting_and_its_example_is_understood() {
        let guide = include_str!("../../docs/guide.md");
        for key in rules::KEYS {
            assert!(guide.contains(&format!("| `{key}` |")), "{key}");
        }
        let (_, example) = guide.split_once("```toml\n").expect("an example");
        let (example, _) = example.split_once("```").expect("its end");
        let settings = rules::settings(example, Path::new("/srv/shop")).expect("fine");
        let settings = settings.expect("a table");
        assert_eq!(conditions(&settings.fail_on).expect("known").len(), settings.fail_on.len());
        for key in rules::KEYS {
            assert!(example.contains(key), "{key}");
        }
    }

    #[test]
    fn no_more_is_read_than_may_be() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, [b'#'; (1 << 20) + 1]).unwrap();
        assert_eq!(read(file.path(), (1 << 20) + 1).unwrap().len(), (1 << 20) + 1);
        let error = read(file.path(), 1 << 20).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
    }
}
