//! What is read of a code object, and what it is recognised by.

use std::sync::Arc;

use super::CachedCode;
use crate::limits;
use crate::sample::Code;
use crate::sample::bytes::{half_word, word};
use crate::sample::called::Called;
use crate::sample::layout::{BytesLayout, Layout};
use crate::sample::location_table::LocationTable;
use crate::sample::memory::Memory;
use crate::sample::strings;

/// Parts of the target's memory that tell one code object from the next at the same address.
///
/// Since 3.12 the part of a code object that never changes holds `co_version`, a running number.
/// In 3.11 all its pointers can by chance be reused, so the characters behind the qualified name
/// count too, by the length and hash in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    pub(super) fixed: Vec<u8>,
    pub(super) name: Option<(u64, Vec<u8>)>,
}

/// Length and hash of a `str`: `PyASCIIObject.length` and `.hash` (cpython/unicodeobject.h).
pub(super) const NAME_MARK: (u64, usize) = (16, 16);

/// Start and length of the part that never changes: from the first line to the location table.
pub(super) fn fixed_part(layout: &Layout) -> (u64, usize) {
    let start = layout.code.first_line;
    (start as u64, (layout.code.line_table + 8).saturating_sub(start).min(256))
}

/// Reads the code object at `address`; nothing if it changed meanwhile, or is none.
pub(super) fn read<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<CachedCode> {
    let fields = &layout.code;
    let fingerprint = read_fingerprint(memory, layout, address)?;
    let mut object = vec![0; fields.instructions];
    memory.read(address, &mut object).ok()?;
    let units =
        word(&object, layout.bytes.size).filter(|&units| units <= limits::CODE_UNITS as u64)?;
    let first_line = half_word(&object, fields.first_line)?;
    let text = |offset| strings::read(memory, &layout.text, word(&object, offset)?);
    let code = Code {
        name: text(fields.qualified_name).or_else(|| text(fields.name))?,
        file: text(fields.file)?,
        first_line,
    };
    let locals = half_word(&object, fields.first_line + 4)?;
    let values = half_word(&object, fields.first_line.checked_sub(4)?)?;
    let length = usize::try_from(units).ok()?.min(limits::CODE_UNITS_READ) * 2;
    let mut instructions = vec![0; length];
    memory.read(address.checked_add(fields.instructions as u64)?, &mut instructions).ok()?;
    let table = read_bytes(memory, &layout.bytes, word(&object, fields.line_table)?)?;
    let names = read_names(memory, layout, &object).unwrap_or_default();
    // The parts were read one after the other; they belong together if nothing has changed since.
    if read_fingerprint(memory, layout, address)? != fingerprint {
        return None;
    }
    let locations = LocationTable::decode(&table, first_line, u32::try_from(units).ok()?);
    let landmarks = fields.known.among(&instructions);
    let called = Called::of(&instructions, &locations, &landmarks, fields.known.loads, &names);
    Some(CachedCode {
        code: Arc::new(code),
        locations,
        copies: read_copies(memory, layout, address, &object)?,
        units,
        first_traceable: u64::from(half_word(&object, fields.first_traceable)?),
        landmarks,
        name: word(&object, fields.name)?,
        called,
        slots: (locals, locals.saturating_add(values)),
        fingerprint,
        confirmed: 0,
    })
}

/// Where the instructions of every copy begin, as `_PyCodeArray` has them (cpython/code.h, 3.14):
/// their number, then the pointers.
fn read_copies<M: Memory>(
    memory: &M,
    layout: &Layout,
    address: u64,
    object: &[u8],
) -> Option<Vec<u64>> {
    let main = address.checked_add(layout.code.instructions as u64)?;
    let Some(array) = layout.code.copies.and_then(|copies| word(object, copies)) else {
        return Some(vec![main]);
    };
    let mut count = [0; 8];
    memory.read(array, &mut count).ok()?;
    let count = usize::try_from(u64::from_le_bytes(count)).ok()?.min(limits::THREADS);
    let mut pointers = vec![0; count * 8];
    memory.read(array.checked_add(8)?, &mut pointers).ok()?;
    let mut copies: Vec<u64> =
        pointers.chunks_exact(8).filter_map(|pointer| word(pointer, 0)).collect();
    match copies.first_mut() {
        Some(first) => *first = main,
        None => copies.push(main),
    }
    Some(copies)
}

fn read_fingerprint<M: Memory>(memory: &M, layout: &Layout, address: u64) -> Option<Fingerprint> {
    let (start, length) = fixed_part(layout);
    let mut fixed = vec![0; length];
    memory.read(address.checked_add(start)?, &mut fixed).ok()?;
    if layout.code.has_version {
        return Some(Fingerprint { fixed, name: None });
    }
    let name = word(&fixed, layout.code.qualified_name.checked_sub(layout.code.first_line)?)?;
    let mut mark = vec![0; NAME_MARK.1];
    memory.read(name.checked_add(NAME_MARK.0)?, &mut mark).ok()?;
    Some(Fingerprint { fixed, name: Some((name, mark)) })
}

/// The addresses of `co_names`.
fn read_names<M: Memory>(memory: &M, layout: &Layout, object: &[u8]) -> Option<Vec<u64>> {
    let tuple = word(object, layout.code.names)?;
    let mut count = [0; 8];
    memory.read(tuple.checked_add(layout.bytes.size as u64)?, &mut count).ok()?;
    let count = usize::try_from(u64::from_le_bytes(count)).ok()?.min(limits::CODE_NAMES);
    let mut items = vec![0; count * 8];
    memory.read(tuple.checked_add(layout.code.tuple_items as u64)?, &mut items).ok()?;
    Some(items.chunks_exact(8).filter_map(|item| word(item, 0)).collect())
}

fn read_bytes<M: Memory>(memory: &M, layout: &BytesLayout, address: u64) -> Option<Vec<u8>> {
    let mut size = [0; 8];
    memory.read(address.checked_add(layout.size as u64)?, &mut size).ok()?;
    let length = usize::try_from(u64::from_le_bytes(size)).ok()?;
    if length > limits::LOCATION_TABLE_BYTES {
        return None;
    }
    let mut bytes = vec![0; length];
    memory.read(address.checked_add(layout.data as u64)?, &mut bytes).ok()?;
    Some(bytes)
}
