//! Hotspots and the catalogue to ranked findings.

use advisors::{Gain, Heat, Place, Safety};

use crate::text::Untrusted;

/// What unslow has to say about a profile.
#[derive(Debug, Clone, Default)]
pub struct Advice {
    /// Best first: by expected saving, those seen in the process before those that were not.
    pub findings: Vec<Finding>,
    /// Why some part of the catalogue or of the program could not be looked at.
    pub unlooked: Vec<Unlooked>,
}

/// One advisor's word on one hotspot, ready to be reported.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The advisor's id.
    pub advisor: &'static str,
    /// What is wrong, in one line.
    pub title: Untrusted,
    /// Why, one sentence each.
    pub because: Vec<Untrusted>,
    /// The file, as the target names it.
    pub file: Untrusted,
    /// Qualified name of the code object.
    pub function: Untrusted,
    /// The slow expression.
    pub place: Place,
    /// The file's text.
    pub source: Untrusted,
    /// Share of the run.
    pub heat: Heat,
    /// What was seen of the operands.
    pub operands: Vec<Operand>,
    /// Whether the evidence was seen in the process.
    pub seen: bool,
    /// What the fix is expected to save.
    pub gain: Gain,
    /// The refactor.
    pub fix: Option<Fix>,
}

/// What a name in the expression was bound to.
#[derive(Debug, Clone)]
pub struct Operand {
    /// How the code names it.
    pub expression: Untrusted,
    /// Its type's name.
    pub type_name: Untrusted,
    /// How many looks found this type.
    pub observations: u32,
    /// Its lengths.
    pub lengths: Option<advisors::Lengths>,
}

/// A refactor.
#[derive(Debug, Clone)]
pub struct Fix {
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// What to check before applying it.
    pub note: Option<Untrusted>,
    /// The text edits, in order.
    pub edits: Vec<Edit>,
    /// The whole file after the edits; it parses.
    pub after: Untrusted,
}

/// Replacement of a stretch of text; lines from 1, columns from 0 in UTF-8 bytes.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Line and column of the first character that goes.
    pub start: (u32, u32),
    /// Line and column after the last character that goes.
    pub end: (u32, u32),
    /// What comes.
    pub text: Untrusted,
}

/// Something that could not be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlooked {
    /// An advisor's id or a file's name.
    pub what: Untrusted,
    /// Why, as a clause: `needs operand types: CPython 3.11 or later`.
    pub why: String,
}
