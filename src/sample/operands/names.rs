//! The names a code object uses, read once for each.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use advisors::Place;
use rustc_hash::FxHashMap;

use super::batch::{Batch, half_at, word_at};
use super::layout::{self, Layout, code};
use super::sought::Sought;
use super::uses::{Operation, Uses};
use crate::limits;
use crate::sample::memory::{Memory, ReadError};
use crate::sample::{Code, strings};

/// What is read of a string object to know where its text is.
const STRING_HEAD: usize = 40;

/// The names of one code object.
#[derive(Debug)]
pub(super) struct Names {
    /// Held so that no other code object can be taken for this one.
    _code: Arc<Code>,
    /// The pointers and counts that the names were read by.
    pub(super) fingerprint: Fingerprint,
    /// The frame's slots, in order.
    pub(super) slots: Vec<Slot>,
    /// `co_names`: globals, attributes and, in a module, its variables.
    pub(super) names: Vec<Name>,
    /// Index into `names` by the address of the string, of those that are identifiers.
    pub(super) by_address: FxHashMap<u64, usize>,
    /// Which of them each line loads, when that was asked for.
    uses: OnceLock<Uses>,
}

/// One slot of the frame's `localsplus`.
#[derive(Debug)]
pub(super) struct Slot {
    /// As the source has it; `None` for the compiler's own, which no expression can name.
    pub(super) name: Option<Arc<str>>,
    /// Whether it may hold a cell with the value in it.
    pub(super) cell: bool,
}

/// One of `co_names`.
#[derive(Debug)]
pub(super) struct Name {
    /// Where the interned string is: dictionaries of variables have it as their key.
    pub(super) address: u64,
    /// As the dictionary has it; empty when it is no identifier.
    pub(super) stored: Arc<str>,
    /// As the source has it (`__x` where `_Shop__x` is stored).
    pub(super) written: Arc<str>,
}

/// What tells that a code object still is the one whose names were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    names: u64,
    local_names: u64,
    local_kinds: u64,
    slots: usize,
    /// Slots beyond [`limits::CODE_NAMES`], which are not read.
    unread_slots: usize,
    optimized: bool,
    /// Slots of parameters, the first; 0 for what outlives its call, and what is no function.
    pub(super) parameters: usize,
    /// Of them those that take the rest, the last: [`code::POSITIONAL_REST`], [`code::KEYWORD_REST`].
    pub(super) rest: u32,
}

/// The names of the code objects that were looked at.
#[derive(Debug, Default)]
pub(super) struct NameCache {
    known: FxHashMap<(usize, u64), Arc<Names>>,
}

impl NameCache {
    /// The names of the code object at `address`, which `code` was made from, if they were read.
    pub(super) fn get(&self, address: u64, code: &Arc<Code>) -> Option<Arc<Names>> {
        self.known.get(&(Arc::as_ptr(code) as usize, address)).cloned()
    }

    /// Reads them.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(
        &mut self,
        memory: &M,
        layout: &Layout,
        fingerprint: Fingerprint,
        address: u64,
        code: &Arc<Code>,
    ) -> Result<Option<Arc<Names>>, ReadError> {
        let Some(names) = read_names(memory, layout, fingerprint, code)? else { return Ok(None) };
        if self.known.len() >= limits::CACHED_CODE_NAMES {
            self.known.clear();
        }
        let names = Arc::new(names);
        self.known.insert((Arc::as_ptr(code) as usize, address), names.clone());
        Ok(Some(names))
    }
}

impl Fingerprint {
    /// Of the bytes of a code object; `None` when it has more slots than can be.
    pub(super) fn of(layout: &Layout, head: &[u8]) -> Option<Self> {
        let all = half_at(head, layout.code_local_count as usize) as usize;
        let slots = all.min(limits::CODE_NAMES);
        (all <= limits::CODE_UNITS).then(|| Self {
            names: word_at(head, code::NAMES),
            local_names: word_at(head, code::LOCAL_NAMES),
            local_kinds: word_at(head, code::LOCAL_KINDS),
            slots,
            unread_slots: all - slots,
            optimized: half_at(head, code::FLAGS) & code::OPTIMIZED != 0,
            parameters: parameters(layout, head),
            rest: half_at(head, code::FLAGS) & (code::POSITIONAL_REST | code::KEYWORD_REST),
        })
    }
}

impl Names {
    /// Whether locals are in slots alone: a function's, not a module's or a class body's.
    pub(super) const fn optimized(&self) -> bool {
        self.fingerprint.optimized
    }

    /// Slots of which it is not known what they are called.
    pub(super) const fn unread_slots(&self) -> usize {
        self.fingerprint.unread_slots
    }

    /// What the code object, which is at `address`, loads at `place`; `None` when that is not known.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn sought<M: Memory>(
        &self,
        memory: &M,
        layout: &Layout,
        address: u64,
        place: Place,
    ) -> Result<Option<Sought>, ReadError> {
        let uses = match self.uses.get() {
            Some(uses) => uses,
            None => {
                let read = Uses::read(memory, layout, address, self)?;
                self.uses.get_or_init(|| read)
            }
        };
        Ok(uses.sought(self, place))
    }

    /// The operation at a code unit that works on two values, not both of them named, as far as it is
    /// known what the code does.
    pub(super) fn operation(&self, unit: u32) -> Option<&Operation> {
        self.uses.get()?.operation(unit)
    }
}

/// How many parameters a function has, those that take the rest included.
fn parameters(layout: &Layout, head: &[u8]) -> usize {
    let flags = half_at(head, code::FLAGS);
    if flags & code::OPTIMIZED == 0 || flags & code::GENERATOR != 0 {
        return 0;
    }
    let count = |before: u64| half_at(head, (layout.code_first_line - before) as usize) as usize;
    let named = count(code::ARGUMENTS_BEFORE_LINE) + count(code::KEYWORDS_BEFORE_LINE);
    named + (flags & (code::POSITIONAL_REST | code::KEYWORD_REST)).count_ones() as usize
}

fn read_names<M: Memory>(
    memory: &M,
    layout: &Layout,
    fingerprint: Fingerprint,
    code: &Arc<Code>,
) -> Result<Option<Names>, ReadError> {
    /// `PyBytesObject.ob_sval` (cpython/bytesobject.h).
    const BYTES_TEXT: u64 = 32;
    let mut batch = Batch::default();
    let name_count = batch.want(fingerprint.names.wrapping_add(layout::OBJECT_SIZE as u64), 8);
    batch.read(memory)?;
    let Some(name_count) = batch.word(name_count) else { return Ok(None) };
    let name_count = name_count.min(limits::CODE_NAMES as u64) as usize;

    let mut batch = Batch::default();
    let items = layout.tuple_items.cast_unsigned();
    let names = batch.want(fingerprint.names.wrapping_add(items), name_count * 8);
    let locals = batch.want(fingerprint.local_names.wrapping_add(items), fingerprint.slots * 8);
    let kinds = batch.want(fingerprint.local_kinds.wrapping_add(BYTES_TEXT), fingerprint.slots);
    batch.read(memory)?;
    let pointers =
        |ticket| batch.bytes(ticket).unwrap_or_default().chunks_exact(8).map(|b| word_at(b, 0));
    let names: Vec<u64> = pointers(names).collect();
    let locals: Vec<u64> = pointers(locals).collect();
    let kinds = batch.bytes(kinds).unwrap_or_default();
    if locals.len() != fingerprint.slots || kinds.len() != fingerprint.slots {
        return Ok(None);
    }

    let addresses: Vec<u64> = names.iter().chain(&locals).copied().collect();
    let mut texts = read_strings(memory, layout, &addresses)?;
    let local_texts = texts.split_off(names.len());
    let classes: HashSet<&str> =
        code.name.data().split('.').map(|part| part.trim_start_matches('_')).collect();
    let slots = local_texts
        .into_iter()
        .zip(kinds)
        .map(|(text, kind)| Slot {
            name: text.filter(|t| is_identifier(t)).map(|t| as_written(&t, &classes)),
            cell: kind & code::CELL_OR_FREE != 0,
        })
        .collect();
    let names: Vec<Name> = names
        .into_iter()
        .zip(texts)
        .map(|(address, stored)| {
            let stored = stored.filter(|text| is_identifier(text)).unwrap_or_default();
            Name { address, written: as_written(&stored, &classes), stored }
        })
        .collect();
    let identifiers = names.iter().enumerate().filter(|(_, name)| !name.stored.is_empty());
    let by_address = identifiers.map(|(n, name)| (name.address, n)).collect();
    let (code, uses) = (code.clone(), OnceLock::new());
    Ok(Some(Names { _code: code, fingerprint, slots, names, by_address, uses }))
}

/// Undoes the renaming of private names in a class body (`__x` is stored as `_Shop__x`).
fn as_written(stored: &Arc<str>, classes: &HashSet<&str>) -> Arc<str> {
    let private = stored.strip_prefix('_').and_then(|rest| rest.split_once("__"));
    match private {
        Some((class, name)) if !name.is_empty() && classes.contains(class) => {
            format!("__{name}").into()
        }
        _ => stored.clone(),
    }
}

/// Whether the text may be a Python identifier, near enough to tell a name from rubbish.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && characters.all(|c| c == '_' || c == '\u{b7}' || c.is_alphanumeric() || is_mark(c))
}

/// Combining marks of the scripts in which identifiers have them: no letters, yet inside words.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{fff}'
        | '\u{1000}'..='\u{109f}' | '\u{3099}'..='\u{309a}' | '\u{fe00}'..='\u{fe0f}')
}

/// Reads strings; `None` for what is not one or is longer than a name may be.
pub(super) fn read_strings<M: Memory>(
    memory: &M,
    layout: &Layout,
    addresses: &[u64],
) -> Result<Vec<Option<Arc<str>>>, ReadError> {
    let mut batch = Batch::default();
    let tickets: Vec<_> =
        addresses.iter().map(|&address| batch.want(address, STRING_HEAD)).collect();
    batch.read(memory)?;

    let mut characters = Batch::default();
    let texts: Vec<_> = addresses
        .iter()
        .zip(tickets)
        .map(|(&address, ticket)| {
            let head = batch.bytes(ticket)?;
            let state = half_at(head, layout.text.state);
            let (width, start) = strings::storage(state, &layout.text)?;
            let count = usize::try_from(word_at(head, layout.text.length)).ok()?;
            let length = count.checked_mul(width).filter(|&l| l <= limits::NAME_BYTES)?;
            Some((width, characters.want(address.checked_add(start as u64)?, length)))
        })
        .collect();
    characters.read(memory)?;
    let decoded = texts.into_iter().map(|text| {
        let (width, ticket) = text?;
        Some(strings::decode(characters.bytes(ticket)?, width).into())
    });
    Ok(decoded.collect())
}
