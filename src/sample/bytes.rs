//! Fields of structures that were read from the target.

/// A little-endian number of 8 bytes at `offset`, if it is within `bytes`.
pub(super) fn word(bytes: &[u8], offset: usize) -> Option<u64> {
    let field = bytes.get(offset..offset.checked_add(8)?)?;
    Some(u64::from_le_bytes(field.try_into().ok()?))
}

/// A little-endian number of 4 bytes at `offset`, if it is within `bytes`.
pub(super) fn half_word(bytes: &[u8], offset: usize) -> Option<u32> {
    let field = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}

/// A little-endian number of 2 bytes at `offset`, if it is within `bytes`.
pub(super) fn quarter_word(bytes: &[u8], offset: usize) -> Option<u16> {
    let field = bytes.get(offset..offset.checked_add(2)?)?;
    Some(u16::from_le_bytes(field.try_into().ok()?))
}
