//! Findings that were there before, as a file with them as JSON told.

use std::collections::HashMap;

use serde::Deserialize;

use crate::advise::Finding;
use crate::profile::{Target, below};

/// The schema of the files that are understood.
const SCHEMA: &str = "unslow.findings/1";

/// Known findings. They are told by their advisor, file, function and expression, so that they stay
/// known wherever they move within their function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The line of each.
    known: HashMap<Identity, Vec<u32>>,
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

/// What a finding is told by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Identity {
    advisor: String,
    file: String,
    function: String,
    expression: Option<String>,
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
        let mut known = HashMap::new();
        for found in report.findings {
            let file = inside(report.target.directory.as_deref(), &found.path);
            let Found { advisor, function, snippet: expression, line, .. } = found;
            let identity = Identity { advisor, file, function, expression };
            known.entry(identity).or_insert_with(Vec::new).push(line);
        }
        Ok(Self { known })
    }

    /// Which of the findings are known. Each known one is so once: of two that are alike but for their
    /// lines, where one was known, the one further from its line is new.
    pub(super) fn known(&self, target: &Target, findings: &[Finding]) -> Vec<bool> {
        let mut is_known = vec![false; findings.len()];
        let mut alike: HashMap<Identity, Vec<usize>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            alike.entry(Identity::of(target, finding)).or_default().push(index);
        }
        let nearest = |found: &[usize], lines: &[u32]| {
            let pairs = (0..found.len()).flat_map(|at| (0..lines.len()).map(move |of| (at, of)));
            pairs.min_by_key(|&(at, of)| findings[found[at]].place.line.abs_diff(lines[of]))
        };
        for (identity, mut found) in alike {
            let mut lines = self.known.get(&identity).cloned().unwrap_or_default();
            while let Some((at, of)) = nearest(&found, &lines) {
                is_known[found.remove(at)] = true;
                lines.remove(of);
            }
        }
        is_known
    }
}

impl Identity {
    fn of(target: &Target, finding: &Finding) -> Self {
        let directory = target.directory.as_ref().map(|directory| directory.data());
        Self {
            advisor: finding.advisor.to_owned(),
            file: inside(directory, finding.file.data()),
            function: finding.function.data().to_owned(),
            expression: finding.snippet().map(str::to_owned),
        }
    }
}

/// A file from the working directory of its program on: that of the next recording may be another.
fn inside(directory: Option<&str>, file: &str) -> String {
    directory.and_then(|directory| below(directory, file)).unwrap_or(file).to_owned()
}
