//! How many bytes an object takes by itself, as `sys.getsizeof` tells.

use super::attributes::{self, Store};
use super::boxed::read_edges;
use super::layout::{self, class, deque};
use super::namespace::Dict;
use super::object::Edge;
use super::objects::{Objects, Reached};
use super::types::Kind;
use crate::limits;
use crate::sample::memory::Memory;
use crate::sample::strings;

/// `PyGC_Head` before an object (internal/pycore_gc.h).
const COLLECTED: u64 = 16;

/// Pointers to a dictionary, and to weak references or values, before that
/// (`_PyType_PreHeaderSize`, internal/pycore_object.h).
const BEFORE: u64 = 16;

/// Bytes of an object without what it points to, but with the tables that are its own. `None` where
/// that is not told by its head: arrays, frames, views of memory.
pub(super) fn own<M: Memory>(objects: &Objects<'_, M>, of: &Reached) -> Option<u64> {
    let (object, class) = (&of.object, &of.class);
    let basic = Some(class.basic_size).filter(|&size| size <= limits::LENGTH)?;
    let collected = if class.flags & class::COLLECTED != 0 { COLLECTED } else { 0 };
    let managed = class.flags & (class::MANAGED_DICT | class::MANAGED_WEAK_REFERENCES) != 0;
    let head = basic + collected + if managed { BEFORE } else { 0 };
    let length = || object.word(layout::OBJECT_SIZE).filter(|&length| length <= limits::LENGTH);
    let more = match class.kind {
        _ if class.flags & class::STR_SUBCLASS != 0 => return text(objects, of, basic),
        _ if class.flags & class::BYTES_SUBCLASS != 0 => length()?,
        _ if class.flags & class::INT_SUBCLASS != 0 => {
            let digits = objects.layout.int.digits(object.word(layout::OBJECT_SIZE)?);
            4 * Some(digits).filter(|&digits| digits <= limits::LENGTH)?
        }
        Kind::List => 8 * object.word(layout::LIST_ALLOCATED).filter(|&it| it <= limits::LENGTH)?,
        Kind::Tuple => 8 * length()?,
        Kind::Set => set_table(object.word(layout::SET_MASK)?),
        Kind::Dict => dict_table(objects, of)?,
        Kind::Sized => match class.name.data() {
            "bytearray" => length()?,
            "deque" => {
                let used = object.word(deque::LEFT_INDEX)?.min(deque::BLOCK_LENGTH) + length()?;
                used.div_ceil(deque::BLOCK_LENGTH) * deque::BLOCK
            }
            _ => return None,
        },
        Kind::Array | Kind::DataFrame | Kind::MemoryView => return None,
        Kind::Class | Kind::Module | Kind::Cell | Kind::Range | Kind::Float | Kind::Other => 0,
    };
    (more <= limits::LENGTH).then(|| head + more)
}

/// Characters, and the one that ends them, behind a head.
fn text<M: Memory>(objects: &Objects<'_, M>, of: &Reached, basic: u64) -> Option<u64> {
    let layout = &objects.layout.text;
    let length = of.object.word(layout.length as i64).filter(|&it| it <= limits::LENGTH)?;
    let state = of.object.word(layout.state as i64)? as u32;
    // Of a class that derives from `str` the characters lie elsewhere.
    let (width, data) = match strings::storage(state, layout) {
        Some((width, data)) => (width as u64, data as u64),
        None => (1, basic),
    };
    Some(data + (length + 1) * width)
}

/// A small table is in the set itself.
fn set_table(mask: u64) -> u64 {
    /// `PySet_MINSIZE` (cpython/setobject.h).
    const WITHIN: u64 = 8;
    let entries = mask.min(limits::LENGTH) + 1;
    if entries > WITHIN { entries * layout::SET_ENTRY } else { 0 }
}

/// The keys' table, which instances of a class share; theirs is that of the values.
fn dict_table<M: Memory>(objects: &Objects<'_, M>, of: &Reached) -> Option<u64> {
    if !Dict::of(&of.object)?.has_own_values() {
        return Some(values_table(
            of.object.word(layout::OBJECT_SIZE)?.min(limits::ELEMENTS as u64),
        ));
    }
    objects.dict_entries(&of.object).map(|entries| entries.table)
}

/// Pointers and, for each, the place in their order, behind a prefix.
const fn values_table(count: u64) -> u64 {
    8 + 9 * count
}

impl<M: Memory> Objects<'_, M> {
    /// The pointers to an instance's attributes, and the bytes of their table where that is no
    /// object.
    pub(super) fn attribute_edges(&mut self, of: &Reached) -> (Vec<Edge>, u64) {
        let offsets = of.class.slots.iter().map(|slot| slot.offset);
        let mut slots: Vec<u64> =
            offsets.filter_map(|offset| of.object.address.checked_add(offset)).collect();
        let mut values = Vec::new();
        match attributes::store(&self.layout, &of.object, &of.class) {
            Some(Store::Values(dict)) => values = self.entries(dict),
            Some(Store::Dict(edge)) => slots.push(edge.slot),
            None => {}
        }
        let table = if values.is_empty() { 0 } else { values_table(values.len() as u64) };
        let mut edges = read_edges(self.memory, &slots).unwrap_or_default();
        edges.extend(values.into_iter().map(|(_, edge)| edge));
        (edges, table)
    }
}
