//! What the first few elements of a container are.

use super::batch::{Batch, Ticket, is_object_address, word_at};
use super::layout::{self, OBJECT_TYPE, SET_ENTRY};
use super::object::Object;
use super::types::Kind;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

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
    objects: &[(&Object, Kind)],
) -> Result<Vec<Vec<u64>>, ReadError> {
    let items = items(memory, objects)?;
    let mut batch = Batch::default();
    let tickets: Vec<Vec<Ticket>> = items
        .iter()
        .map(|items| {
            let objects = items.iter().filter(|&&item| is_object_address(item));
            objects.map(|item| batch.want(item + OBJECT_TYPE as u64, 8)).collect()
        })
        .collect();
    batch.read(memory)?;
    let types = tickets
        .into_iter()
        .map(|tickets| tickets.into_iter().filter_map(|ticket| batch.word(ticket)).collect());
    Ok(types.collect())
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

fn items<M: Memory>(memory: &M, objects: &[(&Object, Kind)]) -> Result<Vec<Vec<u64>>, ReadError> {
    let mut batch = Batch::default();
    let mut left = limits::ELEMENT_CONTAINERS;
    let mut place_next = |&(object, kind)| {
        let place = if left > 0 { place(&mut batch, object, kind) } else { Items::None };
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

fn place(batch: &mut Batch, object: &Object, kind: Kind) -> Items {
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
            Items::Here(items.filter_map(|i| object.word(layout::TUPLE_ITEMS + 8 * i)).collect())
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
