//! Python `str` objects in the target.

use super::bytes::{half_word, word};
use super::layout::TextLayout;
use super::memory::Memory;
use crate::limits;
use crate::text::Untrusted;

/// Largest header of a compact string (72 bytes in 3.11).
const HEADER: usize = 96;

/// Reads the `str` at `address`, cut after [`limits::NAME_BYTES`] bytes of its storage. `None` when
/// it cannot be read or is no compact string, as every name that the compiler makes is.
pub(super) fn read<M: Memory>(memory: &M, layout: &TextLayout, address: u64) -> Option<Untrusted> {
    let mut header = [0; HEADER];
    let header = header.get_mut(..layout.wide_data)?;
    memory.read(address, header).ok()?;
    let length = word(header, layout.length)?;
    let (width, data) = storage(half_word(header, layout.state)?, layout)?;
    let most = (limits::NAME_BYTES / width) as u64;
    let mut raw = vec![0; usize::try_from(length.min(most)).ok()? * width];
    memory.read(address.checked_add(data as u64)?, &mut raw).ok()?;
    Some(Untrusted::new(decode(&raw, width)))
}

/// Bytes for a character and the offset of the first, from `PyASCIIObject.state`: three bits are
/// the kind, then one says compact and one ASCII (cpython/unicodeobject.h, 3.11 to 3.15).
pub(super) fn storage(state: u32, layout: &TextLayout) -> Option<(usize, usize)> {
    let state = state >> layout.kind_shift;
    let (kind, compact, ascii) = (state & 7, state >> 3 & 1 == 1, state >> 4 & 1 == 1);
    match (compact, ascii, kind) {
        (true, true, 1) => Some((1, layout.ascii_data)),
        (true, false, 1 | 2 | 4) => Some((kind as usize, layout.wide_data)),
        _ => None,
    }
}

/// Bytes for a character of a string that is not compact, as those are of classes that derive from
/// `str`: where other strings' characters begin they have a pointer to theirs (`PyUnicodeObject.data`).
/// `None` of a compact one, and of one that 3.11 has not made ready yet.
pub(super) fn width_elsewhere(state: u32, layout: &TextLayout) -> Option<usize> {
    let state = state >> layout.kind_shift;
    let (kind, compact) = (state & 7, state >> 3 & 1 == 1);
    (!compact && matches!(kind, 1 | 2 | 4)).then_some(kind as usize)
}

/// The characters of a compact string, of that many bytes each.
pub(super) fn decode(raw: &[u8], width: usize) -> String {
    let scalar = |code: u32| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    match width {
        1 => raw.iter().map(|&byte| char::from(byte)).collect(),
        2 => raw
            .chunks_exact(2)
            .map(|unit| scalar(u32::from(u16::from_le_bytes([unit[0], unit[1]]))))
            .collect(),
        _ => raw
            .chunks_exact(4)
            .map(|unit| scalar(u32::from_le_bytes([unit[0], unit[1], unit[2], unit[3]])))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeMemory;
    use super::super::layout::PYTHON_3_12;
    use super::*;

    fn object(length: u64, state: u32, data_at: usize, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; data_at];
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        bytes[32..36].copy_from_slice(&state.to_le_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len() + 64, 0);
        bytes
    }

    fn read_back(object: Vec<u8>) -> Option<Untrusted> {
        read(&FakeMemory::new([(4096, object)]), &PYTHON_3_12.text, 4096)
    }

    #[test]
    fn every_kind_of_storage_becomes_utf8() {
        let utf16: Vec<u8> = "日本".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf32: Vec<u8> = "a😀".chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
        for (bytes, text) in [
            (object(3, 0b110_0100, 40, b"abc"), "abc"),
            (object(2, 0b010_0100, 56, b"\xfc\xdf"), "üß"),
            (object(2, 0b010_1000, 56, &utf16), "日本"),
            (object(2, 0b011_0000, 56, &utf32), "a😀"),
        ] {
            assert_eq!(read_back(bytes), Some(Untrusted::new(text)));
        }
    }

    #[test]
    fn a_string_whose_characters_lie_elsewhere_says_how_wide_they_are() {
        let width = |state| width_elsewhere(state, &PYTHON_3_12.text);
        for (state, expected) in [
            (0b100_0100, Some(1)),
            (0b000_1000, Some(2)),
            (0b001_0000, Some(4)),
            (0b110_0100, None),
            (0b000_0000, None),
            (0b000_1100, None),
        ] {
            assert_eq!(width(state), expected, "{state:b}");
        }
    }

    #[test]
    fn lone_surrogates_and_impossible_scalars_are_replaced() {
        assert_eq!(decode(&0xd800_u16.to_le_bytes(), 2), "\u{fffd}");
        assert_eq!(decode(&u32::MAX.to_le_bytes(), 4), "\u{fffd}");
    }

    #[test]
    fn a_giant_length_is_cut_and_nonsense_is_nothing() {
        let endless = object(u64::MAX, 0b110_0100, 40, &[b'a'; 10_000]);
        assert_eq!(read_back(endless).unwrap().data().len(), limits::NAME_BYTES);
        assert_eq!(read_back(object(u64::MAX, 0b110_0100, 40, b"short")), None);
        assert_eq!(read_back(object(1, 0, 40, b"legacy")), None);
        assert_eq!(read_back(object(1, u32::MAX, 40, b"kind 7")), None);
    }
}
