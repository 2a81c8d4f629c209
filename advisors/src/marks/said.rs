use super::{BUSY_SAMPLES, MarkError, read};
use crate::shape::Tree;
use crate::{Case, Entry, Finding, Python, Source};

/// What an advisor says of an example when its marks tell the truth.
///
/// # Errors
/// As [`read`].
pub fn findings(entry: &Entry, source: &Source, python: Python) -> Result<Vec<Finding>, MarkError> {
    let marks = read(source, python)?;
    Ok(entry.advisor.examine(&Case {
        python,
        source,
        tree: &Tree::of(source),
        hotspots: &marks.hotspots,
        busy_samples: BUSY_SAMPLES,
        computing_samples: BUSY_SAMPLES,
        pool: marks.pool.as_ref(),
        activity: marks.activity.as_ref(),
        gains: &entry.gains,
    }))
}
