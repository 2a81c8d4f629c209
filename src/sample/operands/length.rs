//! How long an object is.

use super::layout;
use super::object::Object;
use super::types::Kind;
use crate::limits;

/// `len()` of the object, where its kind has one: `Some(None)` where it has not, where it
/// is not in the head or cannot be known at the moment; `None` when it is impossible, so that this
/// is no such object.
pub(super) fn length(object: &Object, kind: Kind) -> Option<Option<u64>> {
    /// `list.sort` leaves an empty list behind while it works.
    const SORTING: u64 = u64::MAX;
    let offset = match kind {
        kind if !kind.is_sized() => return Some(None),
        Kind::Array | Kind::DataFrame | Kind::Range => return Some(None),
        Kind::MemoryView => return Some(items_in_view(object)),
        Kind::List if object.word(layout::LIST_ALLOCATED) == Some(SORTING) => return Some(None),
        Kind::Set => layout::SET_USED,
        _ => layout::OBJECT_SIZE,
    };
    match object.word(offset) {
        Some(length) => (length <= limits::LENGTH).then_some(Some(length)),
        None => Some(None),
    }
}

/// `len()` of a memory view of one dimension, whose `len` is that of all its items together
/// (Objects/memoryobject.c, `init_len`).
fn items_in_view(view: &Object) -> Option<u64> {
    let dimensions = view.word(layout::VIEW_DIMENSIONS)? >> 32;
    let items = view.word(layout::VIEW_BYTES)?.checked_div(view.word(layout::VIEW_ITEM_BYTES)?)?;
    (dimensions == 1 && items <= limits::LENGTH).then_some(items)
}
