//! The first bytes of an object, and the pointer by which it was reached.

use super::batch::{Batch, PAGE, Ticket, is_object_address, within_page, word_at};
use super::layout::{CELL_CONTENT, OBJECT_TYPE, REFERENCES};
use crate::sample::memory::{Memory, ReadError};

/// Bytes before an object that are read along with it: where 3.11 and 3.12 keep the pointers to
/// an instance's attributes.
const BEFORE: u64 = 32;
/// Bytes of an object that are read: every head that is looked at, a tuple's first items, a
/// function's pointer to its dict.
const AFTER: u64 = 96;

/// A pointer in the target, and what it pointed to.
#[derive(Debug, Clone, Copy)]
pub(in crate::sample) struct Edge {
    /// Where the pointer is kept.
    pub(in crate::sample) slot: u64,
    /// Where it points.
    pub(in crate::sample) object: u64,
}

/// The bytes around an object's address.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) address: u64,
    /// Where the pointer to it is kept.
    pub(super) slot: u64,
    /// The bytes from `start`.
    bytes: Vec<u8>,
    start: u64,
}

impl Object {
    /// The word at `offset` from the object's address; `None` when it was not read.
    pub(super) fn word(&self, offset: i64) -> Option<u64> {
        let at = self.address.checked_add_signed(offset)?.checked_sub(self.start)?;
        let at = usize::try_from(at).ok()?;
        (at.checked_add(8)? <= self.bytes.len()).then(|| word_at(&self.bytes, at))
    }

    /// The `length` bytes at `offset` from the object's address; `None` when they were not read.
    pub(super) fn part(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let at = self.address.checked_add(offset)?.checked_sub(self.start)?;
        let at = usize::try_from(at).ok()?;
        self.bytes.get(at..at.checked_add(length)?)
    }

    /// The pointer of a cell, unless it is empty.
    pub(super) fn cell_content(&self) -> Option<Edge> {
        let slot = self.address.checked_add_signed(CELL_CONTENT)?;
        let object = self.word(CELL_CONTENT).filter(|&object| object != 0)?;
        Some(Edge { slot, object })
    }

    /// Where its type is.
    pub(super) fn type_address(&self) -> Option<u64> {
        self.word(OBJECT_TYPE)
    }
}

/// Reads the objects that `edges` point to. An object is given only if its pointer was the same
/// right before and right after it was read: the target runs on, and what a pointer led to a
/// moment ago may be freed, its memory become another object.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn follow<M: Memory>(
    memory: &M,
    edges: &[Edge],
) -> Result<Vec<Option<Object>>, ReadError> {
    let mut found = follow_each(memory, edges, around)?;
    let missed: Vec<usize> = (0..edges.len())
        .filter(|&i| matches!(found[i], Seen::Unreadable) && is_object_address(edges[i].object))
        .collect();
    if !missed.is_empty() {
        let again: Vec<Edge> = missed.iter().map(|&i| edges[i]).collect();
        for (i, seen) in missed.into_iter().zip(follow_each(memory, &again, on_own_page)?) {
            found[i] = seen;
        }
    }
    Ok(found.into_iter().map(Seen::object).collect())
}

/// The same for the slots of a frame, which are its own as long as `call` leads to the same object
/// (otherwise nothing is given): a slot that holds another pointer by now is read again with that,
/// a few times. A loop binds its names anew every few microseconds.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn chase<M: Memory>(
    memory: &M,
    slots: &[Edge],
    call: Edge,
) -> Result<Option<Chased>, ReadError> {
    /// One costs little more than a system call.
    const ATTEMPTS: usize = 8;
    let mut objects = vec![None; slots.len()];
    let unread = |(index, &edge)| Outrun { index, edge, held: Vec::new() };
    let mut pending: Vec<Outrun> = slots.iter().enumerate().map(unread).collect();
    let mut is_at_edge = false;
    for _ in 0..ATTEMPTS {
        let edges: Vec<Edge> = pending.iter().map(|slot| slot.edge).chain([call]).collect();
        let stretch = if is_at_edge { on_own_page } else { around };
        let mut found = follow_each(memory, &edges, stretch)?;
        if matches!(found.pop(), None | Some(Seen::Moved(_))) {
            return Ok(None);
        }
        let was_at_edge = std::mem::take(&mut is_at_edge);
        let mut again = Vec::new();
        for (slot, seen) in pending.into_iter().zip(found) {
            match seen {
                Seen::Object(object) => objects[slot.index] = Some(object),
                Seen::Moved(object) => again.push(slot.moved_to(object)),
                Seen::Unreadable if was_at_edge => {}
                Seen::Unreadable => {
                    is_at_edge = true;
                    again.push(slot);
                }
            }
        }
        again.retain(|slot| is_object_address(slot.edge.object));
        pending = again;
        if pending.is_empty() {
            break;
        }
    }
    Ok(Some(Chased { objects, outran: pending }))
}

/// What slots led to.
pub(super) struct Chased {
    pub(super) objects: Vec<Option<Object>>,
    /// Those that changed too often to be followed.
    pub(super) outran: Vec<Outrun>,
}

/// A slot that held one object after the other.
pub(super) struct Outrun {
    /// Its index.
    pub(super) index: usize,
    /// With what it held last.
    pub(super) edge: Edge,
    /// What it held before, as often as that was read.
    pub(super) held: Vec<u64>,
}

impl Outrun {
    fn moved_to(mut self, object: u64) -> Self {
        self.held.push(self.edge.object);
        Self { edge: Edge { object, ..self.edge }, ..self }
    }
}

/// The object at that address, as far as it lies on its page.
pub(super) fn at<M: Memory>(memory: &M, address: u64) -> Option<Object> {
    let (start, length) = is_object_address(address).then(|| on_own_page(address))?;
    let mut batch = Batch::default();
    let ticket = batch.want(start, length);
    batch.read(memory).ok()?;
    let object = Object { address, slot: 0, bytes: batch.bytes(ticket)?.to_vec(), start };
    object.word(REFERENCES).is_some_and(is_alive).then_some(object)
}

/// Whether an object with that count of references is one: a freed object has none, and most have
/// a pointer there, to the next free block of their size. From 3.14 on the word's upper quarter has
/// flags (`PyObject.ob_flags`, object.h), where a pointer has nothing.
pub(super) fn is_alive(references: u64) -> bool {
    const MOST: u64 = 1 << 40;
    const COUNT: u64 = (1 << 48) - 1;
    (1..MOST).contains(&(references & COUNT))
}

/// The pointer in a word that may be a `_PyStackRef`, by which a frame of 3.14 or later holds its
/// code and its locals; 0 where it has none. The two lowest bits of one are its tag
/// (internal/pycore_stackref.h, `Py_TAG_REFCNT` and others): 0 is a pointer that counts as a
/// reference, 1 one that does not (borrowed, or to an immortal object; null if nothing else is
/// set), 2 an error, 3 an integer. Objects are aligned: other pointers have neither bit.
pub(super) const fn untagged(word: u64) -> u64 {
    match word & 3 {
        0 | 1 => word & !1,
        _ => 0,
    }
}

/// What is read of an object.
fn around(address: u64) -> (u64, usize) {
    (address - BEFORE, (BEFORE + AFTER) as usize)
}

/// A large object begins right after the start of its mapping, and a small one may end with it.
fn on_own_page(address: u64) -> (u64, usize) {
    let before = BEFORE.min(address % PAGE);
    (address - before, before as usize + within_page(address, AFTER as usize))
}

enum Seen {
    Object(Object),
    /// What the pointer is by now, which may be the same again: then it led to no object.
    Moved(u64),
    Unreadable,
}

impl Seen {
    fn object(self) -> Option<Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
}

fn follow_each<M: Memory>(
    memory: &M,
    edges: &[Edge],
    stretch: impl Fn(u64) -> (u64, usize),
) -> Result<Vec<Seen>, ReadError> {
    let mut batch = Batch::default();
    let before = Slots::want(&mut batch, edges);
    let objects: Vec<_> = edges
        .iter()
        .map(|edge| {
            let (start, length) =
                if is_object_address(edge.object) { stretch(edge.object) } else { (0, 0) };
            (start, batch.want(start, length))
        })
        .collect();
    let after = Slots::want(&mut batch, edges);
    batch.read(memory)?;
    let seen = edges.iter().zip(objects).map(|(edge, (start, object))| {
        let pointer = |slots: &Slots| slots.word(&batch, edge.slot).map(untagged);
        let now = pointer(&after);
        let Some(bytes) = batch.bytes(object) else {
            return match now {
                Some(now) if now != edge.object => Seen::Moved(now),
                _ => Seen::Unreadable,
            };
        };
        let (address, slot) = (edge.object, edge.slot);
        let object = Object { address, slot, bytes: bytes.to_vec(), start };
        let alive = object.word(REFERENCES).is_some_and(is_alive);
        let stayed = pointer(&before) == Some(edge.object) && now == Some(edge.object);
        if alive && stayed { Seen::Object(object) } else { Seen::Moved(now.unwrap_or(0)) }
    });
    Ok(seen.collect())
}

/// Words that lie near each other, as those of a frame or of a dictionary do, read by stretches:
/// a stretch costs as much as a KiB.
struct Slots {
    /// By address, in order.
    stretches: Vec<(u64, Ticket)>,
}

impl Slots {
    /// Asks for the slots of `edges`. What lies between two slots of a stretch may be unmapped
    /// only if they are on different pages, so a stretch keeps to its page.
    fn want(batch: &mut Batch, edges: &[Edge]) -> Self {
        const GAP: u64 = 512;
        let mut slots: Vec<u64> = edges.iter().map(|edge| edge.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let near = |a: &u64, b: &u64| b - a <= GAP && a / PAGE == b / PAGE;
        let stretches = slots.chunk_by(near).map(|slots| {
            let (first, last) = (slots[0], slots[slots.len() - 1]);
            (first, batch.want(first, (last - first) as usize + 8))
        });
        Self { stretches: stretches.collect() }
    }

    fn word(&self, batch: &Batch, slot: u64) -> Option<u64> {
        let after = self.stretches.partition_point(|(first, _)| *first <= slot);
        let (first, ticket) = *self.stretches.get(after.checked_sub(1)?)?;
        let at = usize::try_from(slot - first).ok()?;
        batch.bytes(ticket)?.get(at..at.checked_add(8)?).map(|bytes| word_at(bytes, 0))
    }
}
