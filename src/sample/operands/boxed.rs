//! What the elements of an array of objects are, as far as some of them tell.

use super::arrays::{self, Beside};
use super::batch::{Batch, word_at};
use super::layout::array;
use super::object::{Edge, Object, untagged};
use super::objects::{Objects, Reached};
use super::spread::positions;
use crate::limits;
use crate::sample::memory::Memory;
use crate::text::Untrusted;

/// The dtype of arrays of objects.
pub(super) const DTYPE: &str = "object";

/// What an `int` is called that no integer of NumPy has room for.
const LONG_INT: &str = "bigint";

/// Dimensions of an array that is looked into; the values of a frame of pandas have two.
const MOST_DIMENSIONS: usize = 2;

/// The names of the types of some of the elements, each once; `turn` says which look it is, so that
/// each looks at others. Nothing for an array that is none any more, or has more than two dimensions.
pub(super) fn types<M: Memory>(
    objects: &mut Objects<'_, M>,
    array: &Object,
    turn: u64,
) -> Vec<Untrusted> {
    let edges = edges(objects.memory, array, turn).unwrap_or_default();
    let elements = objects.follow(&edges);
    let mut names = Vec::new();
    for element in elements.iter().flatten() {
        let name = name(objects, element);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // What was freed meanwhile was no element of this array.
    if is_unchanged(objects.memory, array) { names } else { Vec::new() }
}

/// Whether `array` is one whose dtype is `object`.
pub(super) fn is_boxed(beside: &Beside) -> bool {
    beside.dtype == Some(DTYPE)
}

fn name<M: Memory>(objects: &Objects<'_, M>, element: &Reached) -> Untrusted {
    let fits = |number: i128| i64::try_from(number).is_ok();
    if element.is_native("int") && !objects.number(element).is_some_and(fits) {
        return Untrusted::new(LONG_INT);
    }
    element.type_name().clone()
}

/// The pointers to some of the elements.
fn edges<M: Memory>(memory: &M, array: &Object, turn: u64) -> Option<Vec<Edge>> {
    let dimensions = arrays::dimensions(array).map(|count| count as usize)?;
    let bytes = 8 * Some(dimensions).filter(|&count| count <= MOST_DIMENSIONS)?;
    let mut batch = Batch::default();
    let shape = batch.want(array.word(array::DIMENSIONS)?, bytes);
    let strides = batch.want(array.word(array::STRIDES)?, bytes);
    batch.read(memory).ok()?;
    let words = |bytes: &[u8]| bytes.chunks_exact(8).map(|it| word_at(it, 0)).collect::<Vec<_>>();
    let (shape, strides) = (words(batch.bytes(shape)?), words(batch.bytes(strides)?));
    let count = shape.iter().try_fold(1_u64, |count, &length| count.checked_mul(length))?;
    let count = Some(count).filter(|&count| count <= limits::LENGTH)?;
    let data = array.word(array::DATA)?;
    let slots = positions(count, limits::SPREAD_ELEMENTS, turn);
    let slots = slots.map(|position| data.wrapping_add(offset(position, &shape, &strides)));
    read_edges(memory, &slots.collect::<Vec<_>>())
}

/// Where the element at that position in the order of rows is, from the first one; strides are signed.
fn offset(mut position: u64, shape: &[u64], strides: &[u64]) -> u64 {
    shape.iter().zip(strides).rev().fold(0, |offset, (&length, &stride)| {
        let index = position % length;
        position /= length;
        offset.wrapping_add(index.wrapping_mul(stride))
    })
}

/// What the pointers in those slots point to; null is no element yet.
pub(super) fn read_edges<M: Memory>(memory: &M, slots: &[u64]) -> Option<Vec<Edge>> {
    let mut batch = Batch::default();
    let words: Vec<_> = slots.iter().map(|&slot| (slot, batch.want(slot, 8))).collect();
    batch.read(memory).ok()?;
    let edges = words.into_iter().filter_map(|(slot, word)| {
        Some(Edge { slot, object: batch.word(word).filter(|&object| object != 0)? })
    });
    Some(edges.collect())
}

/// Whether the array is where it was, with the same elements' memory.
fn is_unchanged<M: Memory>(memory: &M, array: &Object) -> bool {
    let (start, length) = (array::DATA as u64, (array::DTYPE - array::DATA) as usize + 8);
    let mut batch = Batch::default();
    let head = batch.want(array.address.saturating_add(start), length);
    let binding = batch.want(array.slot, 8);
    batch.read(memory).is_ok()
        && batch.word(binding).map(untagged) == Some(array.address)
        && batch.bytes(head) == array.part(start, length)
}
