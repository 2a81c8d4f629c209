//! What objects are worth, as far as a short look tells: numbers, the start of texts, the first
//! elements of containers.

use super::batch::{Batch, word_at};
use super::footprint;
use super::layout::{self, IntLayout, SET_ENTRY, class, keys};
use super::namespace::Dict;
use super::object::{Edge, Object};
use super::objects::{Objects, Reached};
use super::types::Kind;
use crate::limits;
use crate::sample::Footprint;
use crate::sample::dump::{Content, Value};
use crate::sample::memory::Memory;
use crate::sample::strings;
use crate::text::Untrusted;

/// Entries of a set's or a dict's table that are searched for the first elements: tables are at
/// most two thirds full, and removed entries stay.
const TABLE_ENTRIES: u64 = 64;

/// The entries of a dict: the value is the last word of each, the key the one before.
pub(super) struct Entries {
    /// The first one's address.
    pub(super) first: u64,
    /// Bytes from one to the next.
    pub(super) size: u64,
    pub(super) count: u64,
    /// Bytes of the whole table, with room for more.
    pub(super) table: u64,
}

impl Entries {
    /// Of the key table at `table`, which begins with `head`.
    pub(super) fn of(table: u64, head: &[u8]) -> Option<Self> {
        let log2_index_bytes = u32::from(head[keys::LOG2_INDEX_BYTES]);
        let indices = 1_u64.checked_shl(log2_index_bytes).filter(|_| log2_index_bytes < 40)?;
        let size = if head[keys::KIND] == keys::GENERAL { 24 } else { 16 };
        let log2_size = u32::from(head[keys::LOG2_SIZE]);
        // Two thirds of a table are used (`USABLE_FRACTION`, Objects/dictobject.c).
        let room = 1_u64.checked_shl(log2_size).filter(|_| log2_size < 40)? * 2 / 3;
        Some(Self {
            first: table.checked_add(keys::INDICES)?.checked_add(indices)?,
            size,
            count: word_at(head, keys::ENTRY_COUNT),
            // Empty dicts share theirs.
            table: if room == 0 { 0 } else { keys::INDICES + indices + size * room },
        })
    }
}

/// What a container begins with, before it is read.
enum Inside {
    Nothing,
    Elements(Vec<Edge>),
    /// Keys and values.
    Entries(Vec<(Edge, Edge)>),
}

impl Inside {
    /// The edges to what is in it, an entry's key before its value.
    fn edges(&self) -> Vec<Edge> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Elements(edges) => edges.clone(),
            Self::Entries(edges) => edges.iter().flat_map(|&(key, value)| [key, value]).collect(),
        }
    }
}

impl<M: Memory> Objects<'_, M> {
    /// What the objects are worth, those in containers by their first elements: all of these are
    /// read together.
    pub(in crate::sample) fn values(&mut self, objects: &[Reached]) -> Vec<Value> {
        let insides: Vec<Inside> = objects.iter().map(|object| self.inside(object)).collect();
        let edges: Vec<Edge> = insides.iter().flat_map(Inside::edges).collect();
        let mut worth = self.worth(&edges).into_iter();
        let values = objects.iter().zip(insides).map(|(object, inside)| {
            let content = match inside {
                Inside::Nothing => self.plain(object),
                Inside::Elements(edges) => {
                    Content::Elements(worth.by_ref().take(edges.len()).collect())
                }
                Inside::Entries(edges) => {
                    let mut next = || worth.next().flatten();
                    Content::Entries(edges.iter().map(|_| (next(), next())).collect())
                }
            };
            Value { content, ..self.outside(object) }
        });
        let values: Vec<Value> = values.collect();
        let measured = values.into_iter().zip(objects).map(|(value, object)| {
            let footprint = self.footprint(object, value.length);
            Value { footprint, ..value }
        });
        measured.collect()
    }

    /// How much memory a large container takes, as long as any are looked into.
    fn footprint(&mut self, of: &Reached, length: Option<u64>) -> Option<Footprint> {
        if !footprint::is_asked_for(of.class.kind, of.class.name.data(), length) {
            return None;
        }
        self.footprints = self.footprints.checked_sub(1)?;
        footprint::of(self, of, 0)
    }

    /// The value of an `int` that is not too long.
    pub(in crate::sample) fn number(&self, object: &Reached) -> Option<i128> {
        match self.plain(object) {
            Content::Int(number) => Some(number),
            _ => None,
        }
    }

    /// What the elements are worth; those that are containers by type and length alone.
    fn worth(&mut self, edges: &[Edge]) -> Vec<Option<Value>> {
        let reached = self.follow(edges);
        let value =
            |object: &Reached| Value { content: self.plain(object), ..self.outside(object) };
        reached.iter().map(|object| object.as_ref().map(value)).collect()
    }

    fn outside(&self, object: &Reached) -> Value {
        let length = super::length::length(&object.object, object.class.kind).flatten();
        Value {
            type_name: Some(object.class.name.clone()),
            length,
            footprint: None,
            content: Content::Unseen,
        }
    }

    /// Of an object without elements.
    pub(super) fn plain(&self, object: &Reached) -> Content {
        let flags = object.class.flags;
        let fixed = flags & class::HEAP == 0;
        let name = object.class.name.data();
        if flags & class::STR_SUBCLASS != 0 {
            return self.text_start(&object.object).unwrap_or(Content::Unseen);
        }
        if flags & class::BYTES_SUBCLASS != 0 {
            return self.bytes_start(&object.object).unwrap_or(Content::Unseen);
        }
        if flags & class::INT_SUBCLASS != 0 {
            let int = int(&object.object, self.layout.int);
            return match (int, fixed && name == "bool") {
                (Some(Content::Int(truth)), true) => Content::Bool(truth != 0),
                (int, _) => int.unwrap_or(Content::Unseen),
            };
        }
        match (object.class.kind, object.object.word(layout::FLOAT_VALUE)) {
            (Kind::Float, Some(bits)) => Content::Float(f64::from_bits(bits)),
            (Kind::Other, _) if fixed && name == "NoneType" => Content::None,
            _ => Content::Unseen,
        }
    }

    fn text_start(&self, object: &Object) -> Option<Content> {
        let length = object.word(self.layout.text.length as i64)?;
        let state = object.word(self.layout.text.state as i64)? as u32;
        let within = strings::storage(state, &self.layout.text);
        let width = within.map(|(width, _)| width).or_else(|| {
            // Of a class that derives from `str` the characters lie elsewhere.
            strings::width_elsewhere(state, &self.layout.text)
        })?;
        let count = length.min((limits::VALUE_BYTES / width) as u64);
        let size = count as usize * width;
        let bytes = match within {
            Some((_, data)) => self.part(object, data as u64, size)?,
            None => self.bytes(object.word(self.layout.text.wide_data as i64)?, size)?,
        };
        let start = Untrusted::new(strings::decode(&bytes, width));
        Some(Content::Text { start, cut: count < length })
    }

    fn bytes_start(&self, object: &Object) -> Option<Content> {
        let length = object.word(layout::OBJECT_SIZE)?;
        let count = length.min(limits::VALUE_BYTES as u64);
        let start = self.part(object, layout::BYTES_DATA, usize::try_from(count).ok()?)?;
        Some(Content::Bytes { start, cut: count < length })
    }

    fn inside(&mut self, object: &Reached) -> Inside {
        let elements = |mut edges: Vec<Edge>| {
            edges.truncate(limits::ELEMENTS);
            Inside::Elements(edges)
        };
        let inside = match object.class.kind {
            Kind::List => self.list(&object.object).map(elements),
            Kind::Tuple => self.tuple(&object.object).map(elements),
            Kind::Set => self.set(&object.object, TABLE_ENTRIES).map(elements),
            Kind::Dict => self.dict(&object.object).map(Inside::Entries),
            _ => None,
        };
        inside.unwrap_or(Inside::Nothing)
    }

    /// The first elements of a list or tuple.
    pub(super) fn first_items(&self, of: &Reached) -> Vec<Edge> {
        let items = match of.class.kind {
            Kind::List => self.list(&of.object),
            Kind::Tuple => self.tuple(&of.object),
            _ => None,
        };
        items.unwrap_or_default()
    }

    fn list(&self, list: &Object) -> Option<Vec<Edge>> {
        let count = list.word(layout::OBJECT_SIZE)?.min(limits::ELEMENTS as u64);
        let items = list.word(layout::LIST_ITEMS)?;
        let bytes = self.bytes(items, 8 * usize::try_from(count).ok()?)?;
        Some(edges_of(items, &bytes))
    }

    fn tuple(&self, tuple: &Object) -> Option<Vec<Edge>> {
        let count = tuple.word(layout::OBJECT_SIZE)?.min(limits::ELEMENTS as u64);
        let items = self.layout.tuple_items.cast_unsigned();
        let bytes = self.part(tuple, items, 8 * usize::try_from(count).ok()?)?;
        Some(edges_of(tuple.address.checked_add(items)?, &bytes))
    }

    /// Bytes of an object from `offset`, which are often read already.
    fn part(&self, object: &Object, offset: u64, length: usize) -> Option<Vec<u8>> {
        match object.part(offset, length) {
            Some(bytes) => Some(bytes.to_vec()),
            None => self.bytes(object.address.checked_add(offset)?, length),
        }
    }

    /// The elements of a `set`, as far as they are among the first `entries` of its table.
    pub(in crate::sample) fn elements(&self, set: &Reached, entries: u64) -> Vec<Edge> {
        let elements = (set.class.kind == Kind::Set).then(|| self.set(&set.object, entries));
        elements.flatten().unwrap_or_default()
    }

    /// Elements in the order of the table. A removed entry has the hash -1, which no object has.
    fn set(&self, set: &Object, entries: u64) -> Option<Vec<Edge>> {
        const REMOVED: u64 = u64::MAX;
        let entries = set.word(layout::SET_MASK)?.min(entries - 1) + 1;
        let table = set.word(layout::SET_TABLE)?;
        let bytes = self.bytes(table, usize::try_from(entries * SET_ENTRY).ok()?)?;
        let entries = bytes.chunks_exact(SET_ENTRY as usize).enumerate();
        let used =
            entries.filter(|(_, entry)| word_at(entry, 0) != 0 && word_at(entry, 8) != REMOVED);
        let edge = |(i, entry): (usize, &[u8])| Edge {
            slot: table + SET_ENTRY * i as u64,
            object: word_at(entry, 0),
        };
        Some(used.map(edge).collect())
    }

    /// The first entries, of a table of any size. Those of instances that share their keys have
    /// their values elsewhere and are not read.
    fn dict(&self, dict: &Object) -> Option<Vec<(Edge, Edge)>> {
        let Entries { first, size, count, .. } = self.dict_entries(dict)?;
        let (size, count) = (size as usize, count.min(TABLE_ENTRIES));
        let bytes = self.bytes(first, size * usize::try_from(count).ok()?)?;
        let entries = bytes.chunks_exact(size).enumerate().map(|(i, entry)| {
            let at = |offset: usize| Edge {
                slot: first + (i * size + offset) as u64,
                object: word_at(entry, offset),
            };
            (at(size - 16), at(size - 8))
        });
        let used = entries.filter(|(key, value)| key.object != 0 && value.object != 0);
        Some(used.take(limits::ELEMENTS).collect())
    }

    /// Where the entries of a dict are, with those that were removed.
    pub(super) fn dict_entries(&self, dict: &Object) -> Option<Entries> {
        let table = Dict::of(dict).filter(Dict::has_own_values)?.keys;
        Entries::of(table, &self.bytes(table, keys::INDICES as usize)?)
    }

    /// The first keys and values of a dict.
    pub(super) fn first_entries(&self, of: &Reached) -> Vec<(Edge, Edge)> {
        let entries = (of.class.kind == Kind::Dict).then(|| self.dict(&of.object)).flatten();
        entries.unwrap_or_default()
    }

    pub(super) fn bytes(&self, address: u64, length: usize) -> Option<Vec<u8>> {
        if length == 0 {
            return Some(Vec::new());
        }
        let mut batch = Batch::default();
        let ticket = batch.want(address, length);
        batch.read(self.memory).ok()?;
        batch.bytes(ticket).map(<[u8]>::to_vec)
    }
}

/// The edges of an array of pointers.
fn edges_of(address: u64, bytes: &[u8]) -> Vec<Edge> {
    let words = bytes.chunks_exact(8).zip((address..).step_by(8));
    words.map(|(word, slot)| Edge { slot, object: word_at(word, 0) }).collect()
}

/// Digits of 30 bits (`PYLONG_BITS_IN_DIGIT`, longintrepr.h); of a number with more than four, only
/// how long it is in bits.
fn int(object: &Object, layout: IntLayout) -> Option<Content> {
    const DIGITS: u64 = 4;
    const DIGIT_BITS: u64 = 30;
    let head = object.word(layout::OBJECT_SIZE)?;
    let count = layout.digits(head);
    let negative = match layout {
        IntLayout::SignedSize => head.cast_signed() < 0,
        IntLayout::Tagged => head & 3 == 2,
    };
    if count > limits::LENGTH {
        return None;
    }
    let digit = |index: u64| {
        let word = object.word(layout::INT_DIGITS + 4 * (index & !1) as i64)?;
        Some(if index & 1 == 0 { word as u32 } else { (word >> 32) as u32 })
    };
    if count > DIGITS {
        return Some(Content::LongInt { bits: count * DIGIT_BITS, negative });
    }
    let mut value = 0_i128;
    for index in (0..count).rev() {
        value = value << DIGIT_BITS | i128::from(digit(index)?);
    }
    // A digit has 30 bits; what has more is no number.
    (value < 1 << (DIGITS * DIGIT_BITS)).then_some(Content::Int(if negative {
        -value
    } else {
        value
    }))
}
