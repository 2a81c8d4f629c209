//! What a subscript gives: the item of a `dict` under a key, of a `list` or `tuple` at an index.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::batch::word_at;
use super::layout::{self, class, keys};
use super::look::{Bound, Look, Typed};
use super::namespace::Dict;
use super::object::{Edge, Object};
use super::objects::{Objects, Reached};
use super::sought::{By, Sought};
use super::types::Kind;
use super::values::Entries;
use crate::limits;
use crate::sample::dump::Content;
use crate::sample::memory::Memory;

/// `dict`s that Python's own code makes heap types of, and that have no items but their own.
const DICTS: &[&str] = &["Counter", "OrderedDict", "defaultdict"];

/// What is between the brackets, as far as it is looked up. A text has its hash once a dict was asked
/// for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A `str` with its hash, of characters that are written as they are.
    Text(Arc<str>, u64),
    /// An `int`.
    Number(i64),
}

/// As `repr()` gives it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text, _) => write!(f, "'{text}'"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl Key {
    /// `hash()` of it.
    fn hash(&self) -> Option<u64> {
        /// `_PyHASH_MODULUS` (pyhash.h); -1 stands for an error.
        const MODULUS: u64 = (1 << 61) - 1;
        match *self {
            Self::Text(_, hash) => Some(hash),
            Self::Number(-1) => Some((-2_i64).cast_unsigned()),
            Self::Number(number) => {
                (number.unsigned_abs() < MODULUS).then_some(number.cast_unsigned())
            }
        }
    }
}

impl<M: Memory> Look<'_, M> {
    /// What the names are bound to that items are looked up by.
    pub(super) fn keys(&mut self, sought: &Sought, bound: &[Bound]) -> HashMap<Arc<str>, Key> {
        let named = bound.iter().filter(|(name, _)| sought.has_key(name));
        let named: Vec<(Arc<str>, Reached)> =
            named.map(|(name, it)| (name.clone(), it.reached())).collect();
        if named.is_empty() {
            return HashMap::new();
        }
        let key = |reader: &Objects<'_, M>, (name, object)| Some((name, reader.key(&object)?));
        self.reaching(|reader| named.into_iter().filter_map(|it| key(reader, it)).collect())
    }

    /// The items of `bound` that are sought.
    pub(super) fn items(
        &mut self,
        sought: &Sought,
        keys: &HashMap<Arc<str>, Key>,
        bound: &[Bound],
    ) -> Vec<Bound> {
        let key = |by: &By| match by {
            By::Constant(key) => Some(key.clone()),
            By::Name(name) => keys.get(name).cloned(),
        };
        let wanted = bound.iter().flat_map(|(owner, container)| {
            let items = sought.items(owner).iter();
            items.filter_map(move |by| Some((by.item_of(owner), container.reached(), key(by)?)))
        });
        let wanted: Vec<_> = wanted.take(limits::ITEMS).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        self.reaching(|reader| {
            let items = wanted.into_iter().filter_map(|(expression, container, key)| {
                let Reached { object, class } = reader.item_under(&container, &key)?;
                let class_address = object.type_address()?;
                Some((Arc::from(expression), Typed { object, class, class_address }))
            });
            items.collect()
        })
    }
}

impl<M: Memory> Objects<'_, M> {
    /// An object as a key; `None` when it is none of those that are looked up.
    pub(super) fn key(&self, object: &Reached) -> Option<Key> {
        if object.class.flags & class::HEAP != 0 {
            return None;
        }
        match self.plain(object) {
            Content::Text { start, cut: false } => {
                let plain = |c: char| !c.is_control() && !matches!(c, '"' | '\'' | '\\');
                let hash = object.object.word(layout::TEXT_HASH)?;
                let is_key = start.data().chars().all(plain) && hash != u64::MAX;
                is_key.then(|| Key::Text(start.data().into(), hash))
            }
            Content::Int(number) => Some(Key::Number(i64::try_from(number).ok()?)),
            _ => None,
        }
    }

    /// The item of a container. Nothing where the container was changed meanwhile: its table may be
    /// another's by now.
    pub(super) fn item_under(&mut self, container: &Reached, key: &Key) -> Option<Reached> {
        let native = container.class.flags & class::HEAP == 0;
        let items = match (container.class.kind, key) {
            (Kind::Dict, _) if native || self.is_plain_dict(container) => {
                return self.find(container, key);
            }
            (Kind::List, Key::Number(_)) if native => container.object.word(layout::LIST_ITEMS)?,
            (Kind::Tuple, Key::Number(_)) if native => {
                container.object.address.checked_add_signed(self.layout.tuple_items)?
            }
            _ => return None,
        };
        let Key::Number(index) = *key else { return None };
        let slot = items.checked_add(offset(container, index)?)?;
        let object = word_at(&self.bytes(slot, 8)?, 0);
        let [item] = self.of_unchanged(container, layout::LIST_ITEMS, [Edge { slot, object }])?;
        item
    }

    /// Whether it is of one of [`DICTS`], and not of a class of that name that the program has made.
    fn is_plain_dict(&mut self, of: &Reached) -> bool {
        let mut module = || {
            let class = of.object.type_address()?.checked_add(class::DICT as u64)?;
            let namespace = self.at(class)?;
            let module = self.item(&namespace, "__module__")?;
            self.text(&module)
        };
        DICTS.contains(&of.class.name.data())
            && module().is_some_and(|module| module.data() == "collections")
    }

    /// What is under a key of a dict, sought as `unicodekeys_lookup_generic` and its like do
    /// (Objects/dictobject.c). A dict that shares its keys with others is an instance's.
    fn find(&mut self, dict: &Reached, key: &Key) -> Option<Reached> {
        const EMPTY: i64 = -1;
        const PERTURB_SHIFT: u32 = 5;
        let table = Dict::of(&dict.object).filter(Dict::has_own_values)?.keys;
        let head = self.bytes(table, keys::INDICES as usize)?;
        let entries = Entries::of(table, &head)?;
        let log2_size = u32::from(head[keys::LOG2_SIZE]);
        let width = match log2_size {
            0..8 => 1,
            8..16 => 2,
            16..32 => 4,
            _ => 8,
        };
        let mask = 1_u64.checked_shl(log2_size)?.wrapping_sub(1);
        let hash = key.hash()?;
        let (mut perturb, mut position) = (hash, hash & mask);
        for _ in 0..limits::KEY_PROBES {
            let offset = position.checked_mul(width)?.checked_add(keys::INDICES)?;
            let slot = table.checked_add(offset)?;
            let index = signed(&self.bytes(slot, width as usize)?);
            if index == EMPTY {
                return None;
            }
            let entry = u64::try_from(index).ok().filter(|&index| index < entries.count);
            if let Some(index) = entry {
                let entry = entries.first.checked_add(index.checked_mul(entries.size)?)?;
                entry.checked_add(entries.size)?;
                let bytes = self.bytes(entry, entries.size as usize)?;
                let at = |offset: u64| Edge {
                    slot: entry + offset,
                    object: word_at(&bytes, offset as usize),
                };
                let differs = entries.size == GENERAL_ENTRY && word_at(&bytes, 0) != hash;
                if !differs {
                    let pair = [at(entries.size - 16), at(entries.size - 8)];
                    let [found, value] = self.of_unchanged(dict, layout::DICT_KEYS, pair)?;
                    if found.and_then(|found| self.key(&found)).is_some_and(|it| it == *key) {
                        return value;
                    }
                }
            }
            perturb >>= PERTURB_SHIFT;
            position = position.wrapping_mul(5).wrapping_add(perturb).wrapping_add(1) & mask;
        }
        None
    }

    /// What edges out of a container lead to, if its word at `offset` is what it was.
    fn of_unchanged<const N: usize>(
        &mut self,
        container: &Reached,
        offset: i64,
        edges: [Edge; N],
    ) -> Option<[Option<Reached>; N]> {
        let Object { address: object, slot, .. } = container.object;
        let mut all = edges.to_vec();
        all.push(Edge { slot, object });
        let mut reached = self.follow(&all);
        let again = reached.pop()??;
        let same = again.object.word(offset) == container.object.word(offset);
        reached.try_into().ok().filter(|_| same)
    }
}

/// An entry with a hash in front.
const GENERAL_ENTRY: u64 = 24;

/// Bytes from a sequence's first pointer to the one at an index.
fn offset(sequence: &Reached, index: i64) -> Option<u64> {
    let length = i64::try_from(sequence.object.word(layout::OBJECT_SIZE)?).ok()?;
    let index = if index < 0 { index + length } else { index };
    (0..length).contains(&index).then(|| index.cast_unsigned().checked_mul(8))?
}

/// A number of one, two, four or eight bytes.
fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut word = if negative { [0xff; 8] } else { [0; 8] };
    word[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(word)
}
