//! A frame's own words, and the pointers among them that a look follows.

use std::sync::Arc;

use super::batch::{Batch, word_at};
use super::layout::{Layout, code};
use super::names::{Fingerprint, NameCache, Names};
use super::object::{Edge, untagged};
use super::sought::Sought;
use crate::sample::Code;
use crate::sample::memory::{Memory, ReadError};

/// The bytes of a `_PyInterpreterFrame`, its slots included.
pub(super) struct Frame {
    address: u64,
    bytes: Vec<u8>,
    /// Of the code object that it runs.
    pub(super) fingerprint: Fingerprint,
}

/// The pointers of a frame that a look follows.
pub(super) struct Pointers {
    /// By index into [`Names::slots`].
    pub(super) slots: Vec<(usize, Edge)>,
    /// Bound slots beyond those.
    pub(super) beyond: usize,
    /// The innermost first.
    namespaces: Vec<Edge>,
    /// Tells whether it still is the same call.
    pub(super) code: Edge,
}

impl Frame {
    /// Reads the frame, with as many slots as are said, and of the code object at `code_address`
    /// what identifies it. `None` when the frame runs another.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(
        memory: &M,
        layout: &Layout,
        address: u64,
        code_address: u64,
        slots: usize,
    ) -> Result<Option<Self>, ReadError> {
        let mut batch = Batch::default();
        let frame = batch.want(address, layout.frame.slots as usize + 8 * slots);
        let code = batch.want(code_address, code::END);
        batch.read(memory)?;
        Ok(batch.bytes(frame).zip(batch.bytes(code)).and_then(|(frame, code)| {
            let runs = untagged(word_at(frame, layout.frame.code as usize)) == code_address;
            let fingerprint = Fingerprint::of(layout, code).filter(|_| runs)?;
            Some(Self { address, bytes: frame.to_vec(), fingerprint })
        }))
    }

    /// Reads the frame with all its slots, and the names of the code object at `code_address`, which
    /// `code` was made from. `None` when it runs another, or one whose names cannot be read.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn with_names<M: Memory>(
        memory: &M,
        layout: &Layout,
        cache: &mut NameCache,
        address: u64,
        code_address: u64,
        code: &Arc<Code>,
    ) -> Result<Option<(Self, Arc<Names>)>, ReadError> {
        let known = cache.get(code_address, code);
        let slots = known.as_ref().map_or(0, |names| names.slots.len());
        let read = |slots| Self::read(memory, layout, address, code_address, slots);
        let Some(frame) = read(slots)? else { return Ok(None) };
        let fingerprint = frame.fingerprint;
        if let Some(names) = known.filter(|names| names.fingerprint == fingerprint) {
            return Ok(Some((frame, names)));
        }
        let Some(names) = cache.read(memory, layout, fingerprint, code_address, code)? else {
            return Ok(None);
        };
        let again = read(names.slots.len())?.filter(|again| again.fingerprint == fingerprint);
        Ok(again.map(|again| (again, names)))
    }

    /// The first slots of a frame that was read with at least so many.
    pub(super) fn arguments(&self, layout: &Layout, count: usize) -> Vec<Edge> {
        let offsets = (0..count as u64).map(|index| layout.frame.slots + 8 * index);
        let edge = |offset: u64| Edge {
            slot: self.address + offset,
            object: untagged(word_at(&self.bytes, offset as usize)),
        };
        offsets.map(edge).collect()
    }

    /// Where it is.
    pub(super) const fn address(&self) -> u64 {
        self.address
    }

    /// The code object that it runs, and the instruction at which it stood.
    pub(super) fn instruction(&self, layout: &Layout) -> Option<(u64, u64)> {
        let word = |offset: u64| {
            let offset = usize::try_from(offset).ok()?;
            self.bytes.get(offset..offset.checked_add(8)?).map(|bytes| word_at(bytes, 0))
        };
        Some((untagged(word(layout.frame.code)?), word(layout.frame.instruction)?))
    }

    /// Whether the frame still runs the code object at `code_address`.
    pub(super) fn still_runs<M: Memory>(
        &self,
        memory: &M,
        layout: &Layout,
        code_address: u64,
    ) -> bool {
        let now = Self::read(memory, layout, self.address, code_address, 0);
        now.ok().flatten().is_some_and(|now| now.fingerprint == self.fingerprint)
    }

    /// The pointers of a frame that was read with the slots of `names`: all, or those that lead to
    /// what is sought; of slots the first that are bound, no more than `most`. Where that is nothing but locals, no namespace is among them.
    pub(super) fn pointers(
        &self,
        layout: &Layout,
        names: &Names,
        sought: Option<&Sought>,
        most: usize,
    ) -> Pointers {
        let pointer = |offset: u64| Edge {
            slot: self.address + offset,
            object: untagged(word_at(&self.bytes, offset as usize)),
        };
        let layout = &layout.frame;
        let name = |slot: usize| names.slots[slot].name.as_deref();
        let is_sought = |name: &str| sought.is_none_or(|sought| sought.has_root(name));
        let mut slots: Vec<(usize, Edge)> = (0..names.slots.len())
            .filter(|&i| name(i).is_some_and(is_sought))
            .map(|i| (i, pointer(layout.slots + 8 * i as u64)))
            .filter(|(_, edge)| edge.object != 0)
            .collect();
        let beyond = slots.len().saturating_sub(most);
        slots.truncate(most);
        let mut bound = slots.iter().filter_map(|&(slot, _)| name(slot));
        let only_locals = sought.is_some_and(|sought| sought.has_no_root_but(&mut bound));
        let (globals, locals) = (pointer(layout.globals), pointer(layout.locals));
        let own = !names.optimized() && locals.object != 0 && locals.object != globals.object;
        let namespaces = match (only_locals, own) {
            (true, _) => vec![],
            (false, true) => vec![locals, globals],
            (false, false) => vec![globals],
        };
        Pointers { slots, beyond, namespaces, code: pointer(layout.code) }
    }
}

impl Pointers {
    /// Where the variables of a module or class body are.
    pub(super) fn innermost_namespace(&self) -> Option<Edge> {
        self.namespaces.first().copied()
    }

    /// The slots', then the namespaces'.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let slots = self.slots.iter().map(|(_, edge)| *edge);
        slots.chain(self.namespaces.iter().copied()).collect()
    }
}
