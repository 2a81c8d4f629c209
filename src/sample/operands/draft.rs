//! Type objects as they are read, before they are known to be types.

use std::sync::Arc;

use super::batch::{Batch, half_at, word_at};
use super::layout::{OBJECT_SIZE, OBJECT_TYPE, class};
use super::names::is_identifier;
use super::types::Kind;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// Bytes of a name that are read at first; nearly all end within.
const NAME_START: usize = 64;

/// One of a class's `__slots__`.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// As it is stored: a private name has its class before it.
    pub(super) name: Arc<str>,
    /// Where in an instance.
    pub(super) offset: u64,
}

/// A type object before its bases are known.
pub(super) struct Draft {
    pub(super) address: u64,
    pub(super) head: [u8; class::END],
    /// `ht_cached_keys`.
    pub(super) shared_keys: u64,
}

impl Draft {
    pub(super) fn meta(&self) -> u64 {
        word_at(&self.head, OBJECT_TYPE as usize)
    }

    pub(super) fn base(&self) -> u64 {
        word_at(&self.head, class::BASE)
    }

    pub(super) fn name_address(&self) -> u64 {
        word_at(&self.head, class::NAME)
    }

    fn members_address(&self) -> u64 {
        word_at(&self.head, class::MEMBERS)
    }

    /// Where the pointer to its dictionary is, when a program may have put data there.
    pub(super) fn namespace(&self) -> Option<u64> {
        self.is_heap().then_some(self.address + class::DICT as u64)
    }

    fn is_heap(&self) -> bool {
        word_at(&self.head, class::FLAGS) & class::HEAP != 0
    }

    /// How many `__slots__` it adds to its base's: a class statement makes a type object of
    /// variable size, its members behind it (typeobject.c, `type_new_slots`).
    fn member_count(&self) -> usize {
        let count = word_at(&self.head, OBJECT_SIZE as usize);
        if self.is_heap() { count.min(limits::TYPE_SLOTS as u64) as usize } else { 0 }
    }

    /// What the type's own flags and name say. `array.array` is a heap type,
    /// `collections.deque` from 3.12; a class statement cannot make a name with a dot.
    pub(super) fn built_in(&self, full_name: &str) -> Option<Kind> {
        let flags = word_at(&self.head, class::FLAGS);
        let by_flag = [
            (class::LIST_SUBCLASS, Kind::List),
            (class::TUPLE_SUBCLASS, Kind::Tuple),
            (class::DICT_SUBCLASS, Kind::Dict),
            (class::STR_SUBCLASS, Kind::Sized),
            (class::BYTES_SUBCLASS, Kind::Sized),
            (class::TYPE_SUBCLASS, Kind::Class),
        ];
        if let Some((_, kind)) = by_flag.iter().find(|(bit, _)| flags & bit != 0) {
            return Some(*kind);
        }
        let fixed = flags & class::HEAP == 0;
        match full_name {
            "set" | "frozenset" if fixed => Some(Kind::Set),
            "frozendict" if fixed => Some(Kind::Dict),
            "bytearray" if fixed => Some(Kind::Sized),
            "float" if fixed => Some(Kind::Float),
            "cell" if fixed => Some(Kind::Cell),
            "module" if fixed => Some(Kind::Module),
            "range" if fixed => Some(Kind::Range),
            "memoryview" if fixed => Some(Kind::MemoryView),
            "numpy.ndarray" if fixed => Some(Kind::Array),
            "array.array" | "collections.deque" => Some(Kind::Sized),
            _ => None,
        }
    }

    /// What a class statement's name suggests where nothing else is known.
    pub(super) fn by_name(&self, full_name: &str) -> Option<Kind> {
        let suggests = self.is_heap() && matches!(full_name, "DataFrame" | "Series");
        suggests.then_some(Kind::DataFrame)
    }
}

/// `tp_name` and the part of it that is `__name__`, when it may be a type's name.
pub(super) fn plausible_name(bytes: &[u8]) -> Option<(&str, &str)> {
    let full = std::str::from_utf8(bytes).ok()?;
    let plain = full.rsplit('.').next()?;
    full.split('.').all(is_identifier).then_some((full, plain))
}

/// The name of a class that was given one which no `class` statement could; only of a class that was
/// made while the program ran.
pub(super) fn unusual_name(bytes: &[u8], flags: u64) -> Option<(&str, &str)> {
    /// `Py_TPFLAGS_HEAPTYPE`
    const MADE: u64 = 1 << 9;
    let full = std::str::from_utf8(bytes).ok().filter(|name| !name.is_empty())?;
    (flags & MADE != 0).then_some((full, full))
}

/// Reads C strings; `None` for what does not end within [`limits::TYPE_NAME_BYTES`].
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn read_names<M: Memory>(
    memory: &M,
    addresses: &[u64],
) -> Result<Vec<Option<Vec<u8>>>, ReadError> {
    let until_end = |bytes: &[u8]| Some(bytes[..bytes.iter().position(|&b| b == 0)?].to_vec());
    let mut names: Vec<Option<Vec<u8>>> = vec![None; addresses.len()];
    for length in [NAME_START, limits::TYPE_NAME_BYTES] {
        let mut batch = Batch::default();
        let missing: Vec<_> = addresses
            .iter()
            .enumerate()
            .filter(|&(i, &address)| address != 0 && names[i].is_none())
            .map(|(i, &address)| (i, batch.want_pages(address, length)))
            .collect();
        batch.read(memory)?;
        for (i, pages) in missing {
            names[i] = until_end(&batch.joined(pages));
        }
    }
    Ok(names)
}

/// The `__slots__` that each draft adds to its base's.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn read_members<M: Memory>(
    memory: &M,
    drafts: &[Draft],
) -> Result<Vec<Vec<Member>>, ReadError> {
    let mut batch = Batch::default();
    let tables: Vec<_> = drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| draft.member_count() > 0)
        .map(|(i, draft)| {
            (i, batch.want(draft.members_address(), draft.member_count() * class::MEMBER))
        })
        .collect();
    batch.read(memory)?;
    let mut definitions = Vec::new();
    for (i, table) in tables {
        let rows = batch.bytes(table).unwrap_or_default().chunks_exact(class::MEMBER);
        definitions.extend(rows.filter_map(Definition::of_slot).map(|slot| (i, slot)));
    }
    let mut members = vec![Vec::new(); drafts.len()];
    let names: Vec<u64> = definitions.iter().map(|(_, slot)| slot.name).collect();
    for ((i, slot), name) in definitions.into_iter().zip(read_names(memory, &names)?) {
        let name = name.and_then(|name| String::from_utf8(name).ok());
        if let Some(name) = name.filter(|name| is_identifier(name)) {
            members[i].push(Member { name: name.into(), offset: slot.offset });
        }
    }
    Ok(members)
}

/// A `PyMemberDef`.
struct Definition {
    name: u64,
    offset: u64,
}

impl Definition {
    /// Of a row of `tp_members`, when it is one that `__slots__` makes.
    fn of_slot(row: &[u8]) -> Option<Self> {
        let is_slot = half_at(row, class::MEMBER_TYPE) == class::MEMBER_OBJECT;
        is_slot.then(|| Self { name: word_at(row, 0), offset: word_at(row, class::MEMBER_OFFSET) })
    }
}
