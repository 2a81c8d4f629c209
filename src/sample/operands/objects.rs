//! Objects reached from one another by name, for what is read once and not in every look.

use std::sync::Arc;

use advisors::Python;

use super::attributes::{self, Store};
use super::layout::{Layout, class};
use super::names::{NameCache, read_strings};
use super::namespace::{self, Dict, KeyTables};
use super::object::{self, Edge, Object};
use super::types::{Kind, Type, TypeCache};
use crate::limits;
use crate::sample::layout as sample;
use crate::sample::memory::Memory;
use crate::text::Untrusted;

/// Reads objects of one process. What cannot be read, or makes no sense, is not there.
#[derive(Debug)]
pub(in crate::sample) struct Objects<'a, M> {
    pub(super) memory: &'a M,
    pub(super) layout: Layout,
    types: TypeCache,
    tables: KeyTables,
    /// The names of the code objects that were met.
    pub(super) known: NameCache,
    /// Containers that may yet be looked into for how much memory they take.
    pub(super) footprints: usize,
}

/// An object, and what it is an instance of.
#[derive(Debug, Clone)]
pub(in crate::sample) struct Reached {
    pub(super) object: Object,
    pub(super) class: Arc<Type>,
}

impl Reached {
    /// `type(x).__name__`
    pub(in crate::sample) fn type_name(&self) -> &Untrusted {
        &self.class.name
    }

    /// Whether it is of a type of that name which no Python code has made.
    pub(in crate::sample) fn is_native(&self, type_name: &str) -> bool {
        self.class.flags & class::HEAP == 0 && self.class.name.data() == type_name
    }

    /// Where it is.
    pub(in crate::sample) fn address(&self) -> u64 {
        self.object.address
    }

    /// The pointer at `offset` of the object, as an edge to follow; `None` when it is null.
    pub(in crate::sample) fn pointer(&self, offset: u64) -> Option<Edge> {
        let slot = self.object.address.checked_add(offset)?;
        let object = self.object.word(i64::try_from(offset).ok()?).filter(|&it| it != 0)?;
        Some(Edge { slot, object })
    }
}

impl<'a, M: Memory> Objects<'a, M> {
    /// A reader for a CPython whose objects' layout is known and agrees with what the interpreter
    /// has told of its fields; free-threaded builds have none.
    pub(in crate::sample) fn new(
        memory: &'a M,
        python: Python,
        told: &sample::Layout,
    ) -> Option<Self> {
        let layout = Layout::of(python)?.confirmed_by(told)?;
        cfg!(all(target_os = "linux", target_arch = "x86_64")).then(|| {
            let objects = Self::with(memory, layout);
            Self { types: objects.types.believing_any_name(), ..objects }
        })
    }

    pub(super) fn with(memory: &'a M, layout: Layout) -> Self {
        Self {
            memory,
            layout,
            types: TypeCache::default(),
            tables: KeyTables::default(),
            known: NameCache::default(),
            footprints: limits::DUMPED_FOOTPRINTS,
        }
    }

    /// The same with what looks have learnt, which [`Objects::into_caches`] gives back.
    pub(super) fn with_caches(
        memory: &'a M,
        layout: Layout,
        (types, tables): (TypeCache, KeyTables),
    ) -> Self {
        Self { types, tables, ..Self::with(memory, layout) }
    }

    pub(super) fn into_caches(self) -> (TypeCache, KeyTables) {
        (self.types, self.tables)
    }

    /// What each of `edges` leads to.
    pub(in crate::sample) fn follow(&mut self, edges: &[Edge]) -> Vec<Option<Reached>> {
        let mut reached = Vec::with_capacity(edges.len());
        for edges in edges.chunks(limits::OPERANDS) {
            let found = object::follow(self.memory, edges).unwrap_or_default();
            let types = found.iter().flatten().filter_map(Object::type_address);
            let learnt = self.types.learn(self.memory, &self.layout, types).is_ok();
            reached.extend(found.into_iter().map(|object| {
                let object = object.filter(|_| learnt)?;
                let class = self.types.get(object.type_address()?)?.clone();
                Some(Reached { object, class })
            }));
        }
        reached.resize(edges.len(), None);
        reached
    }

    /// What one edge leads to.
    pub(in crate::sample) fn reach(&mut self, edge: Edge) -> Option<Reached> {
        self.follow(&[edge]).pop()?
    }

    /// What the pointer at address `slot` leads to.
    pub(in crate::sample) fn at(&mut self, slot: u64) -> Option<Reached> {
        let mut word = [0; 8];
        self.memory.read(slot, &mut word).ok()?;
        self.reach(Edge { slot, object: object::untagged(u64::from_le_bytes(word)) })
    }

    /// The object at that address, which no pointer to it vouches for.
    pub(in crate::sample) fn object(&mut self, address: u64) -> Option<Reached> {
        let object = object::at(self.memory, address)?;
        self.types.learn(self.memory, &self.layout, object.type_address()).ok()?;
        let class = self.types.get(object.type_address()?)?.clone();
        Some(Reached { object, class })
    }

    /// An attribute that the instance itself has, by slot or in its dictionary.
    pub(in crate::sample) fn attribute(&mut self, of: &Reached, name: &str) -> Option<Reached> {
        let member = of.class.slots.iter().find(|member| &*member.name == name);
        if let Some(member) = member {
            return self.at(of.object.address.checked_add(member.offset)?);
        }
        let dict = match attributes::store(&self.layout, &of.object, &of.class)? {
            Store::Values(dict) => dict,
            Store::Dict(Edge { slot, .. }) => Dict::of(&self.at(slot)?.object)?,
        };
        self.value(dict, name)
    }

    /// The value of a key of a `dict`.
    pub(in crate::sample) fn item(&mut self, dict: &Reached, key: &str) -> Option<Reached> {
        if dict.class.kind != Kind::Dict {
            return None;
        }
        self.value(Dict::of(&dict.object)?, key)
    }

    fn value(&mut self, dict: Dict, key: &str) -> Option<Reached> {
        let entries = self.entries(dict);
        let keys: Vec<u64> = entries.iter().map(|(key, _)| *key).collect();
        let is_key = |text: &Option<Untrusted>| text.as_ref().is_some_and(|it| it.data() == key);
        let found = self.texts(&keys).iter().position(is_key)?;
        self.reach(entries[found].1)
    }

    /// The keys' addresses and the edges to their values.
    pub(super) fn entries(&mut self, dict: Dict) -> Vec<(u64, Edge)> {
        let tables = self.tables.read(self.memory, [dict.keys]).unwrap_or_default();
        let mut entries = tables.all(dict, &self.layout);
        match namespace::close(self.memory, &mut entries) {
            Ok(()) => entries,
            Err(_) => Vec::new(),
        }
    }

    /// The text of a `str`.
    pub(in crate::sample) fn text(&self, of: &Reached) -> Option<Untrusted> {
        self.texts(&[of.object.address]).pop()?
    }

    /// The texts of the `str` objects at those addresses.
    pub(super) fn texts(&self, addresses: &[u64]) -> Vec<Option<Untrusted>> {
        let texts = read_strings(self.memory, &self.layout, addresses).unwrap_or_default();
        let mut texts: Vec<_> = texts.into_iter().map(|text| text.map(Untrusted::new)).collect();
        texts.resize(addresses.len(), None);
        texts
    }

    /// The global variables of the `_PyInterpreterFrame` at `address`.
    pub(in crate::sample) fn globals(&mut self, address: u64) -> Option<Reached> {
        self.at(address.checked_add(self.layout.frame.globals)?)
    }

    /// The first local variable of the `_PyInterpreterFrame` at `address`: `self`, in a method.
    pub(in crate::sample) fn first_local(&mut self, address: u64) -> Option<Reached> {
        self.at(address.checked_add(self.layout.frame.slots)?)
    }
}
