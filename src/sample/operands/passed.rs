//! What a loop has gone past. A name that a fast loop binds anew is another object's by the time that the
//! one it held was read; but where the loop goes over a list or a tuple, that one is still among the items
//! behind the loop's iterator, and these keep it alive.

use rustc_hash::{FxHashMap, FxHashSet};

use super::batch::{Batch, Ticket, is_object_address, word_at};
use super::frame::Frame;
use super::layout::{
    ITERATOR_INDEX, ITERATOR_SEQUENCE, LIST_ITEMS, OBJECT_SIZE, OBJECT_TYPE, TAGGED_INDEX,
};
use super::look::Look;
use super::object::{self, Edge, Object, Outrun, untagged};
use super::types::Kind;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// Words of an iterator or a sequence that are read: the last is a list's pointer to its items.
const HEAD: usize = LIST_ITEMS as usize + 8;

/// A list or tuple, and the index of the item that a loop takes next.
struct GoneOver {
    sequence: u64,
    next: u64,
}

impl<M: Memory> Look<'_, M> {
    /// What those slots of a frame held last, by their index, that held nothing but items which one of
    /// its loops has just gone past. One that held anything else is bound by more than the loop, and what
    /// else it is bound to would hardly ever be read.
    pub(super) fn passed(
        &mut self,
        frame: &Frame,
        slots: &[Outrun],
    ) -> Result<Vec<(usize, Object)>, ReadError> {
        if slots.is_empty() {
            return Ok(Vec::new());
        }
        let held = slots.iter().flat_map(|it| it.held.iter().copied().chain([it.edge.object]));
        let held: FxHashSet<u64> = held.collect();
        let mut slot_of: FxHashMap<u64, u64> = FxHashMap::default();
        for (gone_over, head) in self.gone_over(frame)? {
            let items = self.items_behind(&gone_over, &head)?;
            slot_of.extend(items.into_iter().filter(|(item, _)| held.contains(item)));
        }
        let kept = slots.iter().filter_map(|Outrun { index, edge, held }| {
            let slot = *slot_of.get(&edge.object)?;
            let item = Edge { slot, object: edge.object };
            held.iter().all(|it| slot_of.contains_key(it)).then_some((*index, item))
        });
        let (indices, edges): (Vec<usize>, Vec<Edge>) = kept.unzip();
        let objects = object::follow(self.memory, &edges)?;
        Ok(indices.into_iter().zip(objects).filter_map(|(index, it)| Some((index, it?))).collect())
    }

    /// What the loops of a frame go over, with the head of each: their iterators lie at the bottom of its
    /// value stack. From 3.15 on that of a list or tuple is the sequence itself, with an index above it.
    fn gone_over(&mut self, frame: &Frame) -> Result<Vec<(GoneOver, Head)>, ReadError> {
        let bottom = frame.address() + self.layout.frame.slots + 8 * self.names.slots.len() as u64;
        let mut batch = Batch::default();
        let stack = batch.want(bottom, 8 * limits::LOOPS);
        batch.read(self.memory)?;
        let words: Vec<u64> = batch
            .bytes(stack)
            .unwrap_or_default()
            .chunks_exact(8)
            .map(|word| word_at(word, 0))
            .collect();
        let heads = self.heads(words.iter().copied().map(untagged))?;
        let above = words.iter().skip(1).copied().chain([0]);
        let found = heads.into_iter().zip(above).filter_map(|(head, above)| {
            let head = head?;
            match head.kind {
                Kind::List | Kind::Tuple if above & TAGGED_INDEX == TAGGED_INDEX => {
                    Some(GoneOver { sequence: head.address, next: above >> 2 })
                }
                Kind::Other => Some(GoneOver {
                    sequence: head.word(ITERATOR_SEQUENCE),
                    next: head.word(ITERATOR_INDEX),
                }),
                _ => None,
            }
        });
        let found: Vec<GoneOver> = found.collect();
        let heads = self.heads(found.iter().map(|it| it.sequence))?;
        Ok(found.into_iter().zip(heads).filter_map(|(it, head)| Some((it, head?))).collect())
    }

    /// The heads of those objects that are lists, tuples or iterators of these.
    fn heads(
        &mut self,
        addresses: impl Iterator<Item = u64>,
    ) -> Result<Vec<Option<Head>>, ReadError> {
        let mut batch = Batch::default();
        let tickets: Vec<(u64, Option<Ticket>)> =
            addresses.map(|it| (it, is_object_address(it).then(|| batch.want(it, HEAD)))).collect();
        batch.read(self.memory)?;
        let heads: Vec<Option<(u64, &[u8])>> = tickets
            .iter()
            .map(|&(address, ticket)| Some((address, batch.bytes(ticket?)?)))
            .collect();
        let class = |bytes: &[u8]| word_at(bytes, OBJECT_TYPE as usize);
        let classes: FxHashSet<u64> = heads.iter().flatten().map(|(_, it)| class(it)).collect();
        self.types.learn(self.memory, self.layout, classes)?;
        let head = |(address, bytes): (u64, &[u8])| {
            let class = self.types.get(class(bytes))?;
            let is_iterator = ["list_iterator", "tuple_iterator"].contains(&class.name.data());
            let kind = class.kind;
            (is_iterator || matches!(kind, Kind::List | Kind::Tuple)).then(|| Head {
                address,
                kind,
                bytes: bytes.to_vec(),
            })
        };
        Ok(heads.into_iter().map(|it| it.and_then(head)).collect())
    }

    /// The last items before the one that comes next, each with where it is kept.
    fn items_behind(
        &self,
        gone_over: &GoneOver,
        head: &Head,
    ) -> Result<Vec<(u64, u64)>, ReadError> {
        let length = head.word(OBJECT_SIZE);
        let items = match head.kind {
            Kind::List => head.word(LIST_ITEMS),
            Kind::Tuple => head.address.saturating_add_signed(self.layout.tuple_items),
            _ => return Ok(Vec::new()),
        };
        let end = gone_over.next.min(length);
        let begin = end.saturating_sub(limits::ITEMS_PASSED);
        let first = begin.checked_mul(8).and_then(|bytes| items.checked_add(bytes));
        let Some(first) = first else { return Ok(Vec::new()) };
        let mut batch = Batch::default();
        let ticket = batch.want(first, 8 * (end - begin) as usize);
        batch.read(self.memory)?;
        let words = batch.bytes(ticket).unwrap_or_default().chunks_exact(8);
        let items = (0..).zip(words).map(|(index, word)| (word_at(word, 0), first + 8 * index));
        Ok(items.collect())
    }
}

/// The first words of a list, a tuple or an iterator of one.
struct Head {
    address: u64,
    kind: Kind,
    bytes: Vec<u8>,
}

impl Head {
    fn word(&self, offset: i64) -> u64 {
        word_at(&self.bytes, offset as usize)
    }
}
