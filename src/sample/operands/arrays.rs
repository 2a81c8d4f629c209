//! Lengths and element types that an object keeps outside its head: an array's shape and dtype, a
//! range's length.

use std::ops::Range;

use super::batch::{Batch, Ticket, word_at};
use super::layout::{self, IntLayout, Layout, array, dtype};
use super::object::{Object, is_alive, untagged};
use super::types::Kind;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// What was found beside an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Beside {
    /// `len()`: an array's first dimension.
    pub(super) length: Option<u64>,
    /// The name of an array's dtype.
    pub(super) dtype: Option<&'static str>,
    /// Whether an array has several dimensions.
    is_nested: bool,
}

impl Beside {
    /// What an array's elements are: arrays where it has several dimensions, or else of its dtype.
    pub(super) fn elements(&self) -> Option<&'static str> {
        if self.is_nested { Some("ndarray") } else { self.dtype }
    }
}

/// Bytes of a dtype or of an `int` that are read: an object's head and one word, in which a dtype
/// has its number and an `int` its first two digits.
const INNER: usize = 32;

/// Reads what lies beside arrays and ranges; nothing for other objects.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn beside<M: Memory>(
    memory: &M,
    layout: &Layout,
    objects: &[(&Object, Kind)],
) -> Result<Vec<Beside>, ReadError> {
    let mut batch = Batch::default();
    let led: Vec<(usize, Reads)> = objects
        .iter()
        .enumerate()
        .filter_map(|(index, (object, kind))| Some((index, *object, Place::of(*kind)?)))
        .take(limits::ELEMENT_CONTAINERS)
        .map(|(index, object, place)| (index, Reads::want(&mut batch, object, place)))
        .collect();
    batch.read(memory)?;
    let mut found = vec![Beside::default(); objects.len()];
    for (index, reads) in led {
        let (object, kind) = objects[index];
        let Some(inner) = reads.inner(&batch, object) else { continue };
        found[index] = match kind {
            Kind::Range => Beside { length: small_int(inner, layout.int), ..Beside::default() },
            _ => Beside {
                length: first_dimension(&reads, &batch, object),
                dtype: dtype_name(inner),
                is_nested: dimensions(object).is_some_and(|count| count > 1),
            },
        };
    }
    Ok(found)
}

/// Where in an object's head the pointers to what is beside it are.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// To an array's dtype, a range's length.
    inner: i64,
    /// To an array's dimensions.
    dimensions: Option<i64>,
}

impl Place {
    const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Array => Some(Self { inner: array::DTYPE, dimensions: Some(array::DIMENSIONS) }),
            Kind::Range => Some(Self { inner: layout::RANGE_LENGTH, dimensions: None }),
            _ => None,
        }
    }
}

/// What is read of one object, in this order: what lies beside it, then again its head and the
/// pointer to it, which tell whether it was there all the time.
struct Reads {
    inner: Ticket,
    /// An array's first dimension.
    dimension: Option<Ticket>,
    head: Ticket,
    binding: Ticket,
}

impl Reads {
    /// What of an object's head is compared: all of an array's pointers, and a range's.
    const HEAD: Range<i64> = 16..64;

    fn want(batch: &mut Batch, object: &Object, place: Place) -> Self {
        let pointer = |offset| object.word(offset).unwrap_or(0);
        Self {
            inner: batch.want(pointer(place.inner), INNER),
            dimension: place.dimensions.map(|offset| batch.want(pointer(offset), 8)),
            head: batch.want(
                object.address.saturating_add_signed(Self::HEAD.start),
                (Self::HEAD.end - Self::HEAD.start) as usize,
            ),
            binding: batch.want(object.slot, 8),
        }
    }

    /// The dtype or the length, when it lives and is still this object's.
    fn inner<'a>(&self, batch: &'a Batch, object: &Object) -> Option<&'a [u8]> {
        let before = object
            .part(Self::HEAD.start.cast_unsigned(), (Self::HEAD.end - Self::HEAD.start) as usize)?;
        let inner = batch.bytes(self.inner)?;
        let bound = batch.word(self.binding).map(untagged) == Some(object.address);
        let alive = is_alive(word_at(inner, layout::REFERENCES as usize));
        (bound && alive && batch.bytes(self.head)? == before).then_some(inner)
    }
}

/// `None` for an array of no dimension, which has no `len()`, and for what is none.
fn first_dimension(reads: &Reads, batch: &Batch, object: &Object) -> Option<u64> {
    dimensions(object)?;
    batch.word(reads.dimension?).filter(|&first| first <= limits::LENGTH)
}

/// How many an array has, as far as that is possible; at least one.
pub(super) fn dimensions(object: &Object) -> Option<u32> {
    let count = object.word(array::DIMENSION_COUNT)? as u32;
    (1..=array::MOST_DIMENSIONS).contains(&count).then_some(count)
}

/// An `int` that is not below zero and no longer than any length.
fn small_int(int: &[u8], layout: IntLayout) -> Option<u64> {
    const DIGIT_BITS: u32 = 30;
    let head = word_at(int, layout::OBJECT_SIZE as usize);
    let digits = match layout {
        IntLayout::SignedSize => head,
        IntLayout::Tagged if head & 3 == 2 => return None,
        IntLayout::Tagged => head >> 3,
    };
    let both = word_at(int, layout::INT_DIGITS as usize);
    let value = match digits {
        0 => 0,
        1 => both & u64::from(u32::MAX),
        2 => (both & u64::from(u32::MAX)) + ((both >> 32) << DIGIT_BITS),
        _ => return None,
    };
    (value <= limits::LENGTH).then_some(value)
}

/// The name of NumPy's dtype by its number, if that agrees with its kind (`NPY_TYPES` and
/// `NPY_TYPECHAR` in numpy/ndarraytypes.h, the same in 1.x and 2.x). `long` and `long long` both
/// have 64 bits where this runs.
fn dtype_name(descriptor: &[u8]) -> Option<&'static str> {
    let word = word_at(descriptor, dtype::KIND);
    let (kind, number) = (word as u8, (word >> 32) as u32);
    let name = match (kind, number) {
        (b'b', 0) => "bool",
        (b'i', 1) => "int8",
        (b'u', 2) => "uint8",
        (b'i', 3) => "int16",
        (b'u', 4) => "uint16",
        (b'i', 5) => "int32",
        (b'u', 6) => "uint32",
        (b'i', 7 | 9) => "int64",
        (b'u', 8 | 10) => "uint64",
        (b'f', 11) => "float32",
        (b'f', 12) => "float64",
        (b'f', 13) => "longdouble",
        (b'c', 14) => "complex64",
        (b'c', 15) => "complex128",
        (b'c', 16) => "clongdouble",
        (b'O', 17) => "object",
        (b'S', 18) => "bytes",
        (b'U', 19) => "str",
        (b'V', 20) => "void",
        (b'M', 21) => "datetime64",
        (b'm', 22) => "timedelta64",
        (b'f', 23) => "float16",
        _ => return None,
    };
    Some(name)
}
