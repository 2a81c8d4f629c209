//! The profile as a file: gzipped pprof, so that `go tool pprof`, speedscope and Pyroscope open it.
//! What pprof has no field for rides in extra fields that they skip.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::{Compression, GzBuilder, read::GzDecoder};
use prost::Message;

use super::{Profile, decode, encode, foreign};
use crate::limits;

/// Why a profile file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Something else than a profile.
    #[error(
        "not a profile: expected one of unslow or pprof, folded stacks (py-spy, Austin, Tachyon), or speedscope's JSON"
    )]
    NotAProfile,
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// The file ends too early.
    #[error("the profile is cut short; copy or record it again")]
    Truncated,
    /// More than `limits::PROFILE_BYTES` or `limits::PROFILE_ENTRIES`.
    #[error("the profile is too large; record for less time or at a lower --rate")]
    TooLarge,
    /// A file of another tool with more than `limits::FOREIGN_BYTES`.
    #[error("larger than the {} MiB that are read of other tools' recordings; record for less time, or \
             leave out rare stacks: awk '$NF > 1' FILE", limits::FOREIGN_BYTES >> 20)]
    ForeignTooLarge,
    /// The file contradicts itself.
    #[error("the profile is damaged: {0}")]
    Corrupt(&'static str),
    /// Written by a later release of unslow.
    #[error("the profile was written by a newer unslow; update this one to read it")]
    Newer,
    /// A profile of another tool that does not hold sampled stacks.
    #[error("a profile, but not of sampled stacks: {0}")]
    Foreign(&'static str),
    /// Folded stacks, but for that line.
    #[error("line {0} is no folded stack: expected `outermost;...;leaf COUNT`")]
    Line(u64),
    /// Austin's own binary format.
    #[error("Austin's binary format; make text of it first: mojo2austin IN OUT")]
    Mojo,
    /// The operating system could not read it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The bytes of a profile file. The same profile gives the same bytes.
///
/// # Errors
/// [`ProfileError::TooLarge`] when [`read`] would refuse the file.
///
/// # Panics
/// When an index in `profile` points at nothing.
pub fn write(profile: &Profile) -> Result<Vec<u8>, ProfileError> {
    let message = encode::message(profile);
    let too_long = message.encoded_len() as u64 > limits::PROFILE_BYTES;
    if too_long || encode::entries(&message) > limits::PROFILE_ENTRIES {
        return Err(ProfileError::TooLarge);
    }
    Ok(compress(&message.encode_to_vec())?)
}

/// The profile in the bytes of a file, of unslow or, as far as it makes sense, of another tool.
///
/// # Errors
/// See [`ProfileError`].
pub fn read(bytes: &[u8]) -> Result<Profile, ProfileError> {
    const GZIP: [u8; 2] = [0x1f, 0x8b];
    let unpacked;
    let bytes = match bytes.starts_with(&GZIP) {
        true => {
            unpacked = decompress(bytes, limits::PROFILE_BYTES)?;
            if !foreign::is_json(&unpacked) {
                return decode::profile(&unpacked);
            }
            &unpacked
        }
        false => bytes,
    };
    match bytes {
        [] => Err(ProfileError::Empty),
        // A pprof profile that was not compressed: a field that begins with a number.
        [0x0a, _, 0x08, ..] => decode::profile(bytes),
        _ => foreign::text(bytes),
    }
}

/// Reads the profile file at `path`; `-` is standard input.
///
/// # Errors
/// See [`ProfileError`].
pub fn load(path: &Path) -> Result<Profile, ProfileError> {
    let mut bytes = Vec::new();
    let limit = limits::PROFILE_BYTES + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > limits::PROFILE_BYTES {
        return Err(ProfileError::TooLarge);
    }
    read(&bytes)
}

/// Without the time of day, so that the same message gives the same bytes.
pub(super) fn compress(message: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut encoder = GzBuilder::new().mtime(0).read(message, Compression::default());
    encoder.read_to_end(&mut compressed)?;
    Ok(compressed)
}

/// At most `limit` bytes, so that a small file cannot fill the memory.
pub(super) fn decompress(bytes: &[u8], limit: u64) -> Result<Vec<u8>, ProfileError> {
    let mut message = Vec::new();
    GzDecoder::new(bytes).take(limit + 1).read_to_end(&mut message).map_err(|e| {
        match e.kind() {
            io::ErrorKind::UnexpectedEof => ProfileError::Truncated,
            _ => ProfileError::Corrupt("its compressed data"),
        }
    })?;
    if message.len() as u64 > limit {
        return Err(ProfileError::TooLarge);
    }
    Ok(message)
}
