//! What a hotspot in Python code means and what to write instead.
//!
//! The leaf of the workspace: pure functions from (source, hotspots, evidence) to findings. It
//! knows no process, disk, clock or terminal. An advisor is a folder beside `src`; `build.rs`
//! collects the folders into [`CATALOGUE`].

mod case;
mod finding;
mod gain;
mod heat;
#[cfg(test)]
mod kit;
pub mod marks;
mod place;
pub mod rewrite;
pub mod shape;
mod sight;

pub mod source;
pub mod words;

pub use case::{Case, Heat, Hotspot, Lengths, Operand, Pool};
pub use finding::{Edit, Finding, Fix, FixError, Safety};
pub use gain::{Gain, GainRow, GainTable, Ratio};
pub use place::{Place, Python};
pub use sight::Sight;
pub use source::{Source, SourceError};

/// Looks at one source file with its heat and evidence, and says what to write instead.
pub trait Advisor: Sync {
    /// Findings in `case`, each above every gate. Empty when there is nothing to say.
    fn examine(&self, case: &Case<'_>) -> Vec<Finding>;
}

/// One advisor's folder.
pub struct Entry {
    /// Stable, kebab-case; the folder's name.
    pub id: &'static str,
    /// One line, the first heading of `explain.md`.
    pub title: &'static str,
    /// The detection.
    pub advisor: &'static dyn Advisor,
    /// What `unslow explain ID` prints (Markdown).
    pub explain: &'static str,
    /// The living example, before.
    pub slow: &'static str,
    /// The living example, after; same output.
    pub fast: &'static str,
    /// Literate must-fire and must-stay-silent snippets.
    pub cases: &'static str,
    /// What the pair measured.
    pub gains: GainTable,
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The advisor of that name.
pub fn find(id: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.id == id)
}
