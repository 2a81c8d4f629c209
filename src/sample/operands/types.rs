//! What type an object is of, as far as it can be believed.

use std::collections::HashSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::batch::{Batch, Ticket, is_object_address, word_at};
use super::draft::{Draft, Member, plausible_name, read_members, read_names, unusual_name};
use super::layout::{Layout, OBJECT_TYPE, class};
use crate::limits;
use crate::sample::memory::{Memory, ReadError};
use crate::text::Untrusted;

/// A type object.
#[derive(Debug)]
pub(super) struct Type {
    /// `type.__name__`.
    pub(super) name: Untrusted,
    /// What its instances are, themselves or by inheritance.
    pub(super) kind: Kind,
    /// Bits of `tp_flags`.
    pub(super) flags: u64,
    /// `tp_basicsize`.
    pub(super) basic_size: u64,
    /// `tp_itemsize`.
    pub(super) item_size: u64,
    /// `tp_dictoffset`.
    pub(super) dict_offset: i64,
    /// `ht_cached_keys`: the key table that instances share; 0 for a static type.
    pub(super) shared_keys: u64,
    /// `__slots__` with their offsets in an instance, those of base classes included.
    pub(super) slots: Vec<Member>,
    /// Where the pointers to the dictionaries of a class and its line of first bases are
    /// (`tp_dict`), the class's own first; static types have nothing that a program put there.
    pub(super) namespaces: Vec<u64>,
    /// What it was read from.
    trace: Trace,
}

/// The built-in whose layout an object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Tuple,
    /// `set` and `frozenset`.
    Set,
    Dict,
    /// `str`, `bytes`, `bytearray`, `array.array` and `collections.deque`: a length and nothing to
    /// look into.
    Sized,
    /// `numpy.ndarray`.
    Array,
    /// `DataFrame` and `Series` of pandas, or what has these names.
    DataFrame,
    Range,
    MemoryView,
    /// `float`: no length, but what derives from it has its value.
    Float,
    Cell,
    Module,
    /// A class.
    Class,
    Other,
}

impl Kind {
    /// Whether its instances have a length that can be read.
    pub(super) const fn is_sized(self) -> bool {
        !matches!(self, Self::Float | Self::Cell | Self::Module | Self::Class | Self::Other)
    }
}

/// What tells that the type at an address is still the same: heap types are freed, and their
/// memory becomes other types.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trace {
    meta: u64,
    name_address: u64,
    name_text: Vec<u8>,
    base: u64,
    shared_keys: u64,
}

/// The types that were met.
#[derive(Debug, Default)]
pub(super) struct TypeCache {
    known: FxHashMap<u64, Arc<Type>>,
    /// Types of types: objects that were found to be classes of classes.
    metas: HashSet<u64>,
    /// Whether a class is believed that has a name which no `class` statement could give it.
    believes_any_name: bool,
}

impl TypeCache {
    /// One for a person, who sees when a name is nonsense: what is read was a pointer's for certain.
    pub(super) fn believing_any_name(self) -> Self {
        Self { believes_any_name: true, ..self }
    }

    /// Makes the believable ones among `addresses` known, their bases included.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn learn<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        addresses: impl IntoIterator<Item = u64>,
    ) -> Result<(), ReadError> {
        if self.known.len() >= limits::CACHED_TYPES {
            self.known.clear();
            self.metas.clear();
        }
        let mut generations = Vec::new();
        let mut seen = HashSet::new();
        let mut wanted = self.unknown(addresses, &mut seen);
        while !wanted.is_empty() && generations.len() < limits::TYPE_BASES {
            let drafts = self.draft(memory, layout, &wanted)?;
            wanted = self.unknown(drafts.iter().map(Draft::base), &mut seen);
            generations.push(drafts);
        }
        for drafts in generations.into_iter().rev() {
            self.complete(memory, drafts)?;
        }
        Ok(())
    }

    /// The type at that address, when it was learnt and believed.
    pub(super) fn get(&self, address: u64) -> Option<&Arc<Type>> {
        self.known.get(&address)
    }

    /// Reads the heap types among `used` again and forgets those that are others now; gives the
    /// addresses of the forgotten.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn confirm<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        used: &HashSet<u64>,
    ) -> Result<HashSet<u64>, ReadError> {
        let mut batch = Batch::default();
        let mut checks = Vec::new();
        for &address in used {
            let Some(class) = self.known.get(&address).filter(|c| c.flags & class::HEAP != 0)
            else {
                continue;
            };
            let head = batch.want(address, class::END);
            let name = batch.want(class.trace.name_address, class.trace.name_text.len());
            let keys = batch.want(address + layout.type_shared_keys, 8);
            checks.push((address, class.trace.clone(), head, name, keys));
        }
        batch.read(memory)?;
        let mut gone = HashSet::new();
        for (address, before, head, name, keys) in checks {
            let now = Trace::of(&batch, head, name, keys);
            if now.as_ref() != Some(&before) {
                self.known.remove(&address);
                gone.insert(address);
            }
        }
        Ok(gone)
    }

    fn unknown(
        &self,
        addresses: impl IntoIterator<Item = u64>,
        seen: &mut HashSet<u64>,
    ) -> Vec<u64> {
        addresses
            .into_iter()
            .filter(|&a| is_object_address(a) && !self.known.contains_key(&a) && seen.insert(a))
            .take(limits::OPERANDS)
            .collect()
    }

    /// Reads what claims to be types; those whose own type is a class of classes are given.
    fn draft<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        addresses: &[u64],
    ) -> Result<Vec<Draft>, ReadError> {
        let mut batch = Batch::default();
        let tickets: Vec<_> = addresses
            .iter()
            .map(|&address| {
                let keys = batch.want(address + layout.type_shared_keys, 8);
                (address, batch.want(address, class::END), keys)
            })
            .collect();
        batch.read(memory)?;
        let mut drafts = Vec::new();
        for (address, head, keys) in tickets {
            let Some(head) = batch.bytes(head) else { continue };
            let head: [u8; class::END] = head.try_into().expect("as long as asked for");
            let heap = word_at(&head, class::FLAGS) & class::HEAP != 0;
            let shared_keys = if heap { batch.word(keys).unwrap_or(0) } else { 0 };
            drafts.push(Draft { address, head, shared_keys });
        }
        self.learn_metas(memory, &drafts)?;
        drafts.retain(|draft| self.metas.contains(&draft.meta()));
        Ok(drafts)
    }

    fn learn_metas<M: Memory>(&mut self, memory: &M, drafts: &[Draft]) -> Result<(), ReadError> {
        let unknown: HashSet<u64> = drafts
            .iter()
            .map(Draft::meta)
            .filter(|meta| is_object_address(*meta) && !self.metas.contains(meta))
            .collect();
        let mut batch = Batch::default();
        let flags: Vec<_> = unknown
            .into_iter()
            .map(|meta| (meta, batch.want(meta + class::FLAGS as u64, 8)))
            .collect();
        batch.read(memory)?;
        for (meta, flags) in flags {
            if batch.word(flags).is_some_and(|flags| flags & class::TYPE_SUBCLASS != 0) {
                self.metas.insert(meta);
            }
        }
        Ok(())
    }

    /// Reads the names of drafts whose bases are known, and makes types of them.
    fn complete<M: Memory>(&mut self, memory: &M, drafts: Vec<Draft>) -> Result<(), ReadError> {
        let names: Vec<u64> = drafts.iter().map(Draft::name_address).collect();
        let names = read_names(memory, &names)?;
        let members = read_members(memory, &drafts)?;
        for ((draft, name), mut slots) in drafts.into_iter().zip(names).zip(members) {
            let flags = word_at(&draft.head, class::FLAGS);
            let named = name.as_deref();
            let unusual = |it| unusual_name(it, flags).filter(|_| self.believes_any_name);
            let named = named.and_then(|it| plausible_name(it).or_else(|| unusual(it)));
            let Some((full, plain)) = named else { continue };
            let base = self.known.get(&draft.base());
            let kind = draft.built_in(full).or_else(|| base.map(|base| base.kind));
            let kind = kind.filter(|kind| *kind != Kind::Other).or_else(|| draft.by_name(full));
            let kind = kind.unwrap_or(Kind::Other);
            slots.extend(base.iter().flat_map(|base| base.slots.iter().cloned()));
            slots.truncate(limits::TYPE_SLOTS);
            let mut namespaces = draft.namespace().into_iter().collect::<Vec<_>>();
            namespaces.extend(base.iter().flat_map(|base| &base.namespaces));
            namespaces.truncate(limits::TYPE_BASES);
            let head = &draft.head;
            let class = Type {
                name: Untrusted::new(plain),
                kind,
                flags,
                basic_size: word_at(head, class::BASIC_SIZE),
                item_size: word_at(head, class::ITEM_SIZE),
                dict_offset: word_at(head, class::DICT_OFFSET).cast_signed(),
                shared_keys: draft.shared_keys,
                slots,
                namespaces,
                trace: Trace {
                    meta: draft.meta(),
                    name_address: draft.name_address(),
                    name_text: with_end(full),
                    base: draft.base(),
                    shared_keys: draft.shared_keys,
                },
            };
            self.known.insert(draft.address, Arc::new(class));
        }
        Ok(())
    }
}

impl Trace {
    fn of(batch: &Batch, head: Ticket, name: Ticket, keys: Ticket) -> Option<Self> {
        let head = batch.bytes(head)?;
        Some(Self {
            meta: word_at(head, OBJECT_TYPE as usize),
            name_address: word_at(head, class::NAME),
            name_text: batch.bytes(name)?.to_vec(),
            base: word_at(head, class::BASE),
            shared_keys: batch.word(keys)?,
        })
    }
}

fn with_end(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.push(0);
    bytes
}
