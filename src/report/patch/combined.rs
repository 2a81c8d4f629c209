//! The refactors of one file, made together.

use std::ops::Range;

use advisors::{Encoding, Place, Source};

use super::hunks;
use crate::advise::{Edit, Fix};
use crate::text::Untrusted;

/// A file and the changes that it can have at once.
#[derive(Debug, Clone)]
pub(super) struct Combined<'a> {
    before: &'a str,
    encoding: Encoding,
    /// In the order of their places; none touches another.
    edits: Vec<(Range<usize>, &'a str)>,
    /// The file's lines from the first to the last that changes, as a patch has them.
    hunks: Vec<u8>,
}

impl<'a> Combined<'a> {
    pub(super) fn new(source: &'a Untrusted) -> Result<Self, String> {
        let before = source.data();
        let encoding = Encoding::of(before.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Self { before, encoding, edits: Vec::new(), hunks: Vec::new() })
    }

    /// With the change of one more finding.
    ///
    /// # Errors
    /// Says why that cannot be.
    pub(super) fn with(mut self, fix: &'a Fix) -> Result<Self, String> {
        let source = self.parsed(self.before)?;
        for edit in &fix.edits {
            let added = (range(&source, edit).ok_or("its place is not there")?, edit.text.data());
            if self.edits.contains(&added) {
                continue;
            }
            if self.edits.iter().any(|known| touch(known, &added)) {
                return Err("it changes the same lines as another".to_owned());
            }
            self.edits.push(added);
        }
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let after = self.after();
        self.parsed(&after)?;
        self.hunks = hunks::between(self.before, &after, self.encoding)?;
        Ok(self)
    }

    /// The patch of this file, which is called `name`.
    pub(super) fn patch(&self, name: &str) -> Vec<u8> {
        // A tab ends a name in which a space would.
        let end = if name.contains(' ') { "\t" } else { "" };
        let mut patch = format!("\n--- a/{name}{end}\n+++ b/{name}{end}\n").into_bytes();
        patch.extend_from_slice(&self.hunks);
        patch
    }

    fn parsed(&self, text: &str) -> Result<Source, String> {
        let bytes = self.encoding.encode(text).ok_or("the file's encoding has no room for it")?;
        Source::parse(&bytes).map_err(|error| error.to_string())
    }

    fn after(&self) -> String {
        let mut after = String::with_capacity(self.before.len());
        let mut end = 0;
        for (range, text) in &self.edits {
            after += &self.before[end..range.start];
            after += text;
            end = range.end;
        }
        after + &self.before[end..]
    }
}

fn range(source: &Source, edit: &Edit) -> Option<Range<usize>> {
    let (line, start) = edit.start;
    let (end_line, end) = edit.end;
    let range = source.range(Place { line, end_line, columns: Some((start, end)) })?;
    Some(range.start().to_usize()..range.end().to_usize())
}

/// Whether two edits are about the same characters. Of two imports that are added in one place either
/// may come first.
fn touch((one, text): &(Range<usize>, &str), (other, other_text): &(Range<usize>, &str)) -> bool {
    let is_import = |text: &str| text.starts_with("import ") || text.starts_with("from ");
    let are_imports = one.is_empty() && one == other && is_import(text) && is_import(other_text);
    one.start <= other.end && other.start <= one.end && !are_imports
}
