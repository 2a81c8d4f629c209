//! What the user wants to be told of: advisors by name, files by pattern, and from which share on.
//! Text in, rules out; the names are checked here, so that no misspelt one is silently without
//! effect.

mod names;
mod pattern;
mod pyproject;
#[cfg(test)]
mod tests;

pub use names::{UnknownName, advisor, nearest};
pub use pattern::{Pattern, PatternError, part_fits};
pub use pyproject::{KEYS, Settings, SettingsError, is_meant, settings};

use std::path::{Path, PathBuf};

/// A fix that saves less than this share of the run is not worth a reader's time.
const LEAST_SAVING: f64 = 0.01;

/// Which findings are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Only these advisors; all when there is no saying.
    pub select: Option<Vec<&'static str>>,
    /// Not these advisors.
    pub ignore: Vec<&'static str>,
    /// Not these advisors in the files of a pattern.
    pub per_file: Vec<(Pattern, Vec<&'static str>)>,
    /// The files that are the user's to change; told by their place when there is no saying.
    pub mine: Option<Vec<Pattern>>,
    /// What patterns are relative to.
    pub root: Option<PathBuf>,
    /// Least share of the run that a fix has to save, 0 to 1.
    pub least_saving: f64,
    /// Least share of the run that a place has to take, 0 to 1.
    pub least_share: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            select: None,
            ignore: Vec::new(),
            per_file: Vec::new(),
            mine: None,
            root: None,
            least_saving: LEAST_SAVING,
            least_share: 0.0,
        }
    }
}

impl Rules {
    /// The setting that keeps back what an advisor finds in a file of a program that worked in
    /// `directory`; `None` when it is wanted.
    pub fn setting_against(
        &self,
        advisor: &str,
        file: &str,
        directory: Option<&str>,
    ) -> Option<&'static str> {
        let is_exempt = || {
            let mut exempt = self.per_file.iter().filter(|(_, names)| names.contains(&advisor));
            let file = inside(self.root.as_deref(), directory, file);
            exempt.any(|(pattern, _)| pattern.matches(&file))
        };
        self.setting_against_all(advisor).or_else(|| is_exempt().then_some("per-file-ignores"))
    }

    /// Whether a file of a program that worked in `directory` is the user's; `None` when nothing is
    /// said about that.
    pub fn is_mine(&self, file: &str, directory: Option<&str>) -> Option<bool> {
        let mine = self.mine.as_ref()?;
        let file = inside(self.root.as_deref(), directory, file);
        Some(mine.iter().any(|pattern| pattern.matches(&file)))
    }

    /// The patterns of files with exceptions that match none of the files of a program that worked in
    /// `directory`.
    pub fn exceptions_of_none<'f>(
        &self,
        files: impl Iterator<Item = &'f str>,
        directory: Option<&str>,
    ) -> Vec<&Pattern> {
        let mut idle: Vec<&Pattern> = self.per_file.iter().map(|(pattern, _)| pattern).collect();
        if !idle.is_empty() {
            let files = files.map(|file| inside(self.root.as_deref(), directory, file));
            files.for_each(|file| idle.retain(|pattern| !pattern.matches(&file)));
        }
        idle
    }

    /// The setting that keeps back what an advisor finds in any file.
    pub fn setting_against_all(&self, advisor: &str) -> Option<&'static str> {
        if self.select.as_ref().is_some_and(|some| !some.contains(&advisor)) {
            Some("select")
        } else {
            self.ignore.contains(&advisor).then_some("ignore")
        }
    }

    /// Whether a file is in the project's folder, by the name that it has.
    pub fn is_of_project(&self, file: &Path) -> bool {
        self.root.as_ref().is_some_and(|root| file.starts_with(root))
    }
}

/// A file as patterns see it: from the project's root on; of a program that ran elsewhere, from its
/// working directory on.
fn inside(root: Option<&Path>, directory: Option<&str>, file: &str) -> String {
    let whole = match directory.map(Path::new) {
        // Of Windows, whose absolute names are none here.
        Some(directory) if !Path::new(file).starts_with(directory) => directory.join(file),
        _ => PathBuf::from(file),
    };
    let of_root = root.and_then(|root| whole.strip_prefix(root).ok());
    let of_directory = || directory.and_then(|directory| whole.strip_prefix(directory).ok());
    let relative = of_root.or_else(of_directory).unwrap_or(&whole);
    relative.to_string_lossy().into_owned()
}
