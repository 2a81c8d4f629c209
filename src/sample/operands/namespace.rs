//! Dictionaries of variables: which key is where.
//!
//! A name is found by its pointer. The interpreter interns the names of variables and attributes,
//! so the string in `co_names` is the very key; a key that a program put there by hand
//! (`globals()[text] = value`) is another string and stays unseen.

use rustc_hash::FxHashMap;

use super::batch::{Batch, is_object_address, word_at};
use super::layout::{self, Layout, keys};
use super::object::{Edge, Object};
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// A dict's head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dict {
    /// Its key table.
    pub(super) keys: u64,
    /// Where its values are, when they are not in the key table; else 0.
    values: u64,
}

impl Dict {
    /// What the bytes of a dict object say.
    pub(super) fn of(object: &Object) -> Option<Self> {
        Some(Self {
            keys: object.word(layout::DICT_KEYS)?,
            values: object.word(layout::DICT_VALUES)?,
        })
    }

    /// Whether the values are in the key table.
    pub(super) const fn has_own_values(&self) -> bool {
        self.values == 0
    }

    /// An instance's attributes without a dict object.
    pub(super) const fn of_values(keys: u64, values: u64) -> Self {
        Self { keys, values }
    }
}

/// Shape of a `PyDictKeysObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    entries_offset: u64,
    entry_count: usize,
    kind: u8,
}

/// The key tables that were met, by address: how large they were at the last look, so that head
/// and entries can be read in one call.
#[derive(Debug, Default)]
pub(super) struct KeyTables {
    shapes: FxHashMap<u64, Shape>,
}

/// The entries of the key tables that were read.
#[derive(Debug, Default)]
pub(super) struct Tables {
    read: FxHashMap<u64, Table>,
}

#[derive(Debug)]
struct Table {
    shape: Shape,
    first_entry: u64,
    entries: Vec<u8>,
}

impl KeyTables {
    /// Reads the key tables at `addresses`; one that makes no sense, or is larger than
    /// [`limits::NAMESPACE_ENTRIES`], is left out.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(
        &mut self,
        memory: &M,
        addresses: impl IntoIterator<Item = u64>,
    ) -> Result<Tables, ReadError> {
        let mut wanted: Vec<u64> =
            addresses.into_iter().filter(|&a| is_object_address(a)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut tables = Tables::default();
        /// Heads of unknown size, their entries, and the entries of one that just grew.
        const ROUNDS: usize = 3;
        for _ in 0..ROUNDS {
            if wanted.is_empty() {
                break;
            }
            wanted = self.read_round(memory, wanted, &mut tables)?;
        }
        Ok(tables)
    }

    /// Reads head and, as far as the size was known right, entries; gives those to be read again.
    fn read_round<M: Memory>(
        &mut self,
        memory: &M,
        wanted: Vec<u64>,
        tables: &mut Tables,
    ) -> Result<Vec<u64>, ReadError> {
        let mut batch = Batch::default();
        let tickets: Vec<_> = wanted
            .into_iter()
            .map(|address| {
                let head = batch.want(address, keys::INDICES as usize);
                let entries = self.shapes.get(&address).copied().map(|shape| {
                    let first = address + shape.entries_offset;
                    (shape, first, batch.want(first, shape.entry_count * shape.entry_size()))
                });
                (address, head, entries)
            })
            .collect();
        batch.read(memory)?;
        if self.shapes.len() >= limits::CACHED_KEY_TABLES {
            self.shapes.clear();
        }
        let mut again = Vec::new();
        for (address, head, entries) in tickets {
            let Some(shape) = batch.bytes(head).and_then(Shape::of) else {
                self.shapes.remove(&address);
                continue;
            };
            match entries {
                Some((expected, first_entry, ticket)) if expected == shape => {
                    let entries = batch.bytes(ticket).unwrap_or_default().to_vec();
                    tables.read.insert(address, Table { shape, first_entry, entries });
                }
                _ => {
                    self.shapes.insert(address, shape);
                    again.push(address);
                }
            }
        }
        Ok(again)
    }
}

impl Shape {
    /// `None` for a head that no dictionary has, and for one with too many entries.
    fn of(head: &[u8]) -> Option<Self> {
        let log2_size = u32::from(head[keys::LOG2_SIZE]);
        let log2_index_bytes = u32::from(head[keys::LOG2_INDEX_BYTES]);
        let kind = head[keys::KIND];
        let entry_count = usize::try_from(word_at(head, keys::ENTRY_COUNT)).ok()?;
        let index_width = match log2_size {
            0..8 => 0,
            8..16 => 1,
            16..32 => 2,
            _ => return None,
        };
        let possible = kind <= keys::SPLIT
            && entry_count <= limits::NAMESPACE_ENTRIES
            && (entry_count == 0 || log2_index_bytes == log2_size + index_width)
            && entry_count <= 1 << log2_size
            && log2_index_bytes < 40;
        possible.then(|| Self {
            entries_offset: keys::INDICES + (1 << log2_index_bytes),
            entry_count,
            kind,
        })
    }

    /// `sizeof(PyDictKeyEntry)` or `sizeof(PyDictUnicodeEntry)`.
    const fn entry_size(&self) -> usize {
        if self.kind == keys::GENERAL { 24 } else { 16 }
    }

    /// Where in an entry the key's pointer is; the value's follows it.
    const fn key_offset(&self) -> usize {
        self.entry_size() - 16
    }
}

impl Tables {
    /// The keys of `dict` that `wanted` knows (by the address of their string), each with where
    /// its value is kept. A dictionary that shares its keys has its values elsewhere, and they
    /// are not read yet: their edges come with `object` 0.
    pub(super) fn find<'a>(
        &'a self,
        dict: Dict,
        layout: &'a Layout,
        wanted: &'a FxHashMap<u64, usize>,
    ) -> impl Iterator<Item = (usize, Edge)> + 'a {
        self.read.get(&dict.keys).into_iter().flat_map(move |table| {
            table.entries().filter_map(move |(index, key, value)| {
                let name = *wanted.get(&key)?;
                Some((name, table.edge(dict, layout, index, value)?))
            })
        })
    }
}

impl Tables {
    /// Every key of `dict`, by the address of its object, with where its value is kept; as in
    /// [`Tables::find`], some edges are open.
    pub(super) fn all(&self, dict: Dict, layout: &Layout) -> Vec<(u64, Edge)> {
        let Some(table) = self.read.get(&dict.keys) else { return Vec::new() };
        let entries = table.entries().filter(|&(_, key, _)| key != 0);
        let edge = |(index, key, value)| Some((key, table.edge(dict, layout, index, value)?));
        entries.filter_map(edge).collect()
    }
}

impl Table {
    /// Where the value of an entry is kept.
    fn edge(&self, dict: Dict, layout: &Layout, index: usize, value: u64) -> Option<Edge> {
        if dict.values == 0 {
            return Some(Edge { slot: self.value_slot(index), object: value });
        }
        let slot = dict.values.checked_add(layout.values_slots + 8 * index as u64)?;
        Some(Edge { slot, object: 0 })
    }

    /// Index, key and value of every entry.
    fn entries(&self) -> impl Iterator<Item = (usize, u64, u64)> + '_ {
        let key = self.shape.key_offset();
        let entries = self.entries.chunks_exact(self.shape.entry_size()).enumerate();
        entries.map(move |(index, entry)| (index, word_at(entry, key), word_at(entry, key + 8)))
    }

    fn value_slot(&self, index: usize) -> u64 {
        self.first_entry + (index * self.shape.entry_size() + self.shape.key_offset() + 8) as u64
    }
}

/// Reads the pointers of edges that [`Tables::find`] left open; those that are null go.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn close<M: Memory, N>(memory: &M, edges: &mut Vec<(N, Edge)>) -> Result<(), ReadError> {
    let mut batch = Batch::default();
    let open: Vec<_> = edges
        .iter()
        .enumerate()
        .filter(|(_, (_, edge))| edge.object == 0)
        .map(|(i, (_, edge))| (i, batch.want(edge.slot, 8)))
        .collect();
    if !open.is_empty() {
        batch.read(memory)?;
    }
    for (i, ticket) in open {
        edges[i].1.object = batch.word(ticket).unwrap_or(0);
    }
    edges.retain(|(_, edge)| edge.object != 0);
    Ok(())
}
