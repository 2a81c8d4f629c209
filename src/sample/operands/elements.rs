//! What the first few elements of a container are.

use super::batch::{Batch, Ticket, is_object_address, word_at};
use super::layout::{self, Layout, OBJECT_TYPE, REFERENCES, SET_ENTRY};
use super::object::{Object, is_alive, untagged};
use super::types::Kind;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// Bytes of `PyObject`.
const OBJECT_HEAD: usize = 16;

/// Entries of a set's table that are searched for elements: a table is at most 60 % full, often
/// much less.
const SET_ENTRIES: u64 = 64;

/// The addresses of the types of the first few elements of each list, tuple or set; nothing for
/// other objects.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn types<M: Memory>(
    memory: &M,
    layout: &Layout,
    objects: &[(&Object, Kind)],
) -> Result<Vec<Vec<u64>>, ReadError> {
    let items = items(memory, layout, objects)?;
    let mut batch = Batch::default();
    let types: Vec<Vec<Ticket>> = items
        .iter()
        .map(|items| {
            let items = items.iter().filter(|&&item| is_object_address(item));
            items.map(|&item| batch.want(item, OBJECT_HEAD)).collect()
        })
        .collect();
    // A container that is still where it was has kept its items alive.
    let slots: Vec<Option<Ticket>> = items
        .iter()
        .zip(objects)
        .map(|(items, (container, _))| (!items.is_empty()).then(|| batch.want(container.slot, 8)))
        .collect();
    batch.read(memory)?;
    let alive = |(slot, container): (Option<Ticket>, &Object)| {
        slot.and_then(|slot| batch.word(slot)).map(untagged) == Some(container.address)
    };
    let containers = objects.iter().map(|(container, _)| *container);
    let alive = slots.into_iter().zip(containers).map(alive);
    let types = types.into_iter().zip(alive).map(|(types, alive)| {
        let types = types.into_iter().filter(|_| alive);
        types.filter_map(|ticket| live_type(batch.bytes(ticket)?)).collect()
    });
    Ok(types.collect())
}

/// The type of the object whose head that is.
fn live_type(head: &[u8]) -> Option<u64> {
    let alive = is_alive(word_at(head, REFERENCES as usize));
    alive.then(|| word_at(head, OBJECT_TYPE as usize))
}

/// Where a container's items are.
enum Items {
    Here(Vec<u64>),
    /// In an array of their own; the second ticket tells whether it still is the container's.
    Array {
        items: Ticket,
        pointer: Ticket,
        address: u64,
        kind: Kind,
    },
    None,
}

fn items<M: Memory>(
    memory: &M,
    layout: &Layout,
    objects: &[(&Object, Kind)],
) -> Result<Vec<Vec<u64>>, ReadError> {
    let mut batch = Batch::default();
    let mut left = limits::ELEMENT_CONTAINERS;
    let mut place_next = |&(object, kind)| {
        let place = if left > 0 { place(&mut batch, layout, object, kind) } else { Items::None };
        left -= usize::from(!matches!(place, Items::None));
        place
    };
    let places: Vec<Items> = objects.iter().map(&mut place_next).collect();
    batch.read(memory)?;
    let words = |ticket: Ticket| batch.bytes(ticket).unwrap_or_default().chunks_exact(8);
    let items = places.into_iter().map(|place| match place {
        Items::None => Vec::new(),
        Items::Here(items) => items,
        Items::Array { pointer, address, .. } if batch.word(pointer) != Some(address) => Vec::new(),
        Items::Array { items, kind: Kind::Set, .. } => set_items(batch.bytes(items)),
        Items::Array { items, .. } => words(items).map(|word| word_at(word, 0)).collect(),
    });
    Ok(items.collect())
}

fn place(batch: &mut Batch, of: &Layout, object: &Object, kind: Kind) -> Items {
    let count = |offset| object.word(offset).unwrap_or(0).min(limits::ELEMENTS as u64);
    let mut array = |pointer_offset: i64, length: u64| {
        let Some(address) = object.word(pointer_offset).filter(|&a| is_object_address(a)) else {
            return Items::None;
        };
        let items = batch.want(address, length as usize);
        let pointer = batch.want(object.address.saturating_add_signed(pointer_offset), 8);
        Items::Array { items, pointer, address, kind }
    };
    match kind {
        Kind::List => array(layout::LIST_ITEMS, 8 * count(layout::OBJECT_SIZE)),
        Kind::Set => {
            let entries = object.word(layout::SET_MASK).unwrap_or(0).min(SET_ENTRIES - 1) + 1;
            array(layout::SET_TABLE, entries * SET_ENTRY)
        }
        Kind::Tuple => {
            let items = 0..count(layout::OBJECT_SIZE) as i64;
            Items::Here(items.filter_map(|i| object.word(of.tuple_items + 8 * i)).collect())
        }
        _ => Items::None,
    }
}

/// The keys of a set's table. A removed entry has the hash -1, which no object has.
fn set_items(table: Option<&[u8]>) -> Vec<u64> {
    const REMOVED: u64 = u64::MAX;
    let entries = table.unwrap_or_default().chunks_exact(SET_ENTRY as usize);
    let keys = entries.filter(|e| word_at(e, 8) != REMOVED).map(|entry| word_at(entry, 0));
    keys.filter(|&key| key != 0).take(limits::ELEMENTS).collect()
}
