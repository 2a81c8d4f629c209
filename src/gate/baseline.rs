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
    known: HashMap<Identity, usize>,
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
            let Found { advisor, function, snippet: expression, .. } = found;
            *known.entry(Identity { advisor, file, function, expression }).or_default() += 1;
        }
        Ok(Self { known })
    }

    /// Whether a finding is known. Each known one is so once: a second like it is new.
    pub(super) fn take(&mut self, target: &Target, finding: &Finding) -> bool {
        let directory = target.directory.as_ref().map(|directory| directory.data());
        let identity = Identity {
            advisor: finding.advisor.to_owned(),
            file: inside(directory, finding.file.data()),
            function: finding.function.data().to_owned(),
            expression: finding.snippet().map(str::to_owned),
        };
        match self.known.get_mut(&identity) {
            Some(left @ 1..) => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

/// A file from the working directory of its program on: that of the next recording may be another.
fn inside(directory: Option<&str>, file: &str) -> String {
    directory.and_then(|directory| below(directory, file)).unwrap_or(file).to_owned()
}
