//! Findings that were there before, as a file with them as JSON told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::advise::Finding;
use crate::profile::origin::is_on_drive;
use crate::profile::{Target, below, without_detours};

/// The schema of the files that are understood.
const SCHEMA: &str = "unslow.findings/1";

/// Known findings. They are told by their advisor, file, function and expression, so that they stay
/// known wherever they move within their function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    known: HashMap<Identity, Vec<Spot>>,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not JSON, or not that of findings.
    #[error("not a file of findings, as `-o FILE.json` writes: {0}")]
    NotFindings(#[from] serde_json::Error),
    /// JSON of another schema.
    #[error("not a file of findings: its schema is {0:?}, not \"{SCHEMA}\"")]
    Schema(String),
}

/// What a finding is told by, beside its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    advisor: String,
    function: String,
    expression: Option<String>,
}

/// Where a finding stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spot {
    file: PathBuf,
    /// From the folder on that its program worked in.
    inside: PathBuf,
    line: u32,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with findings")]
struct Report {
    schema: String,
    target: Program,
    findings: Vec<Found>,
}

#[derive(Deserialize)]
struct Program {
    #[serde(default)]
    directory: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    advisor: String,
    path: String,
    function: String,
    snippet: Option<String>,
    #[serde(default)]
    line: u32,
}

impl Baseline {
    /// Reads a file of findings.
    ///
    /// # Errors
    /// See [`BaselineError`].
    pub fn read(json: &[u8]) -> Result<Self, BaselineError> {
        let report: Report = serde_json::from_slice(json)?;
        if report.schema != SCHEMA {
            return Err(BaselineError::Schema(report.schema));
        }
        let directory = report.target.directory.as_deref();
        let mut known: HashMap<Identity, Vec<Spot>> = HashMap::new();
        for found in report.findings {
            let Found { advisor, path, function, snippet: expression, line } = found;
            let identity = Identity { advisor, function, expression };
            known.entry(identity).or_default().push(Spot::of(directory, &path, line));
        }
        Ok(Self { known })
    }

    /// Which of the findings are known. Each known one is so once: of two that are alike but for their
    /// lines, where one was known, the one further from its line is new.
    pub(super) fn known(&self, target: &Target, findings: &[Finding]) -> Vec<bool> {
        let directory = target.base().map(|directory| directory.data());
        let mut is_known = vec![false; findings.len()];
        let mut alike: HashMap<Identity, Vec<(usize, Spot)>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            let spot = Spot::of(directory, finding.file.data(), finding.place.line);
            alike.entry(Identity::of(finding)).or_default().push((index, spot));
        }
        let nearest = |found: &[(usize, Spot)], known: &[Spot]| {
            let pairs = (0..found.len()).flat_map(|at| (0..known.len()).map(move |of| (at, of)));
            let pairs = pairs.filter(|&(at, of)| found[at].1.is_in_file_of(&known[of]));
            pairs.min_by_key(|&(at, of)| found[at].1.line.abs_diff(known[of].line))
        };
        for (identity, mut found) in alike {
            let mut known = self.known.get(&identity).cloned().unwrap_or_default();
            while let Some((at, of)) = nearest(&found, &known) {
                is_known[found.remove(at).0] = true;
                known.remove(of);
            }
        }
        is_known
    }
}

impl Identity {
    fn of(finding: &Finding) -> Self {
        Self {
            advisor: finding.advisor.to_owned(),
            function: finding.function.data().to_owned(),
            expression: finding.snippet().map(str::to_owned),
        }
    }
}

impl Spot {
    /// One in a file of a program that worked in `directory`.
    fn of(directory: Option<&str>, file: &str, line: u32) -> Self {
        let inside = directory.and_then(|directory| below(directory, file)).unwrap_or(file);
        let whole = match directory {
            Some(directory) if !is_on_drive(file) => Path::new(directory).join(file),
            _ => PathBuf::from(file),
        };
        Self { file: without_detours(&whole), inside: without_detours(Path::new(inside)), line }
    }

    /// Whether the file is the same: in its place, whatever folder the program was started in; or in a
    /// checkout somewhere else, for programs started in the same folder of it.
    fn is_in_file_of(&self, other: &Self) -> bool {
        self.file == other.file || self.inside == other.inside
    }
}
