//! Recordings of other tools, as far as they make sense here: stacks, counts, threads, lines.

mod folded;
mod frame;
mod import;
pub(super) mod pprof;
mod speedscope;
#[cfg(test)]
mod tests;

use super::Profile;
use super::file::ProfileError;
use crate::limits;

/// What Austin's binary format begins with (`austin/format/mojo`, Austin 4.0).
const MOJO: &[u8] = b"MOJ";

/// Reads what is no protobuf: folded stacks, or speedscope's JSON.
///
/// # Errors
/// See [`ProfileError`].
pub(super) fn text(bytes: &[u8]) -> Result<Profile, ProfileError> {
    if bytes.len() as u64 > limits::FOREIGN_BYTES {
        return Err(ProfileError::ForeignTooLarge);
    }
    if bytes.starts_with(MOJO) {
        return Err(ProfileError::Mojo);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut profile = match is_json(bytes) {
        true if bytes.contains(&0) => return Err(ProfileError::NotAProfile),
        true => speedscope::profile(bytes)?,
        false => folded::profile(&String::from_utf8_lossy(bytes))?,
    };
    profile.timing.truncated = import::truncated(&profile);
    Ok(profile)
}

/// Whether it starts as an object of JSON does.
pub(super) fn is_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}
