//! Source files, told from what is in their place later.

use super::file::ProfileError;
use super::pprof as pb;
use crate::text::Untrusted;

/// A source file as it was when the recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSeen {
    /// As the target names it.
    pub file: Untrusted,
    /// Length in bytes.
    pub bytes: u64,
    /// CRC-32 of its bytes: enough against an edit, not against an enemy.
    pub checksum: u32,
    /// What stood at its sampled places.
    pub expressions: Vec<ExpressionSeen>,
}

/// The text of a sampled place, told by its fingerprint: it is found again wherever it moves, and the
/// profile gives away no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpressionSeen {
    /// Index into [`super::Profile::locations`].
    pub location: u32,
    /// See [`fingerprint`].
    pub fingerprint: u64,
}

impl SourceSeen {
    /// Whether the file is the same, byte for byte.
    pub fn is_unchanged(&self, other: &Self) -> bool {
        (&self.file, self.bytes, self.checksum) == (&other.file, other.bytes, other.checksum)
    }

    pub(super) fn read(
        file: Untrusted,
        source: &pb::Source,
        locations: usize,
    ) -> Result<Self, ProfileError> {
        let pb::Source { bytes, checksum, locations: places, fingerprints, .. } = source;
        let is_there = |&location: &u32| (location as usize) < locations;
        if places.len() != fingerprints.len() || !places.iter().all(is_there) {
            return Err(ProfileError::Corrupt("expressions of places that are not there"));
        }
        let both = places.iter().zip(fingerprints);
        let seen = |(&location, &fingerprint)| ExpressionSeen { location, fingerprint };
        let expressions = both.map(seen).collect();
        Ok(Self { file, bytes: *bytes, checksum: *checksum, expressions })
    }

    /// As it is written; `file` is its name's index in the table of texts.
    pub(super) fn message(&self, file: i64) -> pb::Source {
        let expressions = self.expressions.iter();
        pb::Source {
            file,
            bytes: self.bytes,
            checksum: self.checksum,
            locations: expressions.clone().map(|it| it.location).collect(),
            fingerprints: expressions.map(|it| it.fingerprint).collect(),
        }
    }
}

/// What one source file counts for among the entries of a profile.
pub(super) fn entries(source: &pb::Source) -> usize {
    1 + source.locations.len() + source.fingerprints.len()
}

/// A text told from others but for how its words are spaced: FNV-1a of 64 bits, which is enough
/// against chance and not against an enemy.
pub fn fingerprint(text: &str) -> u64 {
    let words = text.split_whitespace().flat_map(|word| word.bytes().chain([b' ']));
    words.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_make_no_difference_and_words_do() {
        assert_eq!(fingerprint("a  in\n    b"), fingerprint("a in b"));
        assert_ne!(fingerprint("a in b"), fingerprint("ain b"));
        assert_ne!(fingerprint("a in b"), fingerprint("a in c"));
    }
}
