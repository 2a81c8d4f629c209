//! How much memory a container takes together with what it holds, estimated from some of it.
//!
//! From the container down, some objects of each level stand for all of them. Of an object to which
//! several references lead, each reference holds its part: what is shared within the container is
//! counted once so, however seldom the same object is met twice, and of what others hold too only a
//! part is the container's.

use super::boxed::read_edges;
use super::layout::{self, REFERENCES, class};
use super::object::Edge;
use super::objects::{Objects, Reached};
use super::sizes;
use super::spread::positions;
use super::types::Kind;
use crate::limits;
use crate::sample::Footprint;
use crate::sample::memory::Memory;

/// Levels below the container: a list of instances whose attributes are lists of tuples has five.
const LEVELS: usize = 6;

/// An object with how many objects it stands for.
struct Part {
    object: Reached,
    stands_for: f64,
}

/// Pointers to some of what an object holds, each with how many pointers it stands for.
type Pointers = Vec<(Edge, f64)>;

/// `None` for what is no container, is as long as only few are, or holds much whose size is not to
/// be had.
pub(super) fn of<M: Memory>(
    objects: &mut Objects<'_, M>,
    container: &Reached,
    turn: u64,
) -> Option<Footprint> {
    let shallow = sizes::own(objects, container)?;
    let mut deep = shallow as f64;
    let mut level = vec![Part { object: container.clone(), stands_for: 1.0 }];
    for _ in 0..LEVELS {
        let (pointers, beside) = below(objects, &level, turn);
        deep += beside;
        let edges: Vec<Edge> = pointers.iter().map(|(edge, _)| *edge).collect();
        let found = objects.follow(&edges);
        let missed = found.iter().filter(|object| object.is_none()).count();
        if 2 * missed > edges.len() {
            return None;
        }
        level.clear();
        for (object, (_, pointers)) in found.into_iter().zip(pointers) {
            // What it holds of itself was counted with it.
            let is_other = |it: &Reached| it.object.address != container.object.address;
            let Some(object) = object.filter(is_other) else { continue };
            let stands_for = pointers * part_of_one(&object);
            deep += stands_for * sizes::own(objects, &object)? as f64;
            if stands_for > 0.0 && may_hold(&object) {
                level.push(Part { object, stands_for });
            }
        }
        if level.is_empty() {
            break;
        }
    }
    let deep = (deep <= limits::LENGTH as f64).then_some(deep as u64)?;
    Some(Footprint { shallow, deep })
}

/// Whether it is worth a look how much such an object holds.
pub(super) fn is_asked_for(kind: Kind, type_name: &str, length: Option<u64>) -> bool {
    let holds = matches!(kind, Kind::List | Kind::Tuple | Kind::Set | Kind::Dict);
    let is_deque = kind == Kind::Sized && type_name == "deque";
    (holds || is_deque) && length.is_some_and(|it| it >= limits::FOOTPRINT_ELEMENTS)
}

/// What of an object each reference to it holds. Objects that live as long as the interpreter
/// (3.12 and later) are nobody's.
fn part_of_one(object: &Reached) -> f64 {
    /// `_Py_IMMORTAL_REFCNT` and the counts around it (refcount.h) are higher in all versions.
    const IMMORTAL: u64 = 1 << 28;
    /// From 3.14 on the upper half has flags.
    const COUNT: u64 = u32::MAX as u64;
    match object.object.word(REFERENCES).unwrap_or(0) & COUNT {
        0 | IMMORTAL.. => 0.0,
        count => 1.0 / count as f64,
    }
}

/// Whether something may hang on an object. Classes, modules and what they hold are there whether the
/// container is or not.
fn may_hold(object: &Reached) -> bool {
    let class = &object.class;
    match class.kind {
        Kind::List | Kind::Tuple | Kind::Set | Kind::Dict | Kind::Sized => {
            class.flags & (class::STR_SUBCLASS | class::BYTES_SUBCLASS) == 0
        }
        Kind::Float | Kind::Other => {
            let has_dict = class.flags & class::MANAGED_DICT != 0 || class.dict_offset != 0;
            has_dict || !class.slots.is_empty()
        }
        _ => false,
    }
}

/// Some of what the objects of a level hold, and the bytes of their attributes' tables.
fn below<M: Memory>(objects: &mut Objects<'_, M>, level: &[Part], turn: u64) -> (Pointers, f64) {
    let count = level.len() as u64;
    let chosen: Vec<&Part> = positions(count, limits::FOOTPRINT_OBJECTS, turn)
        .map(|position| &level[position as usize])
        .collect();
    let each = count as f64 / chosen.len().max(1) as f64;
    let (mut pointers, mut beside) = (Vec::new(), 0.0);
    for Part { object, stands_for } in chosen {
        let stands_for = stands_for * each;
        let (held, table) = held(objects, object, turn);
        pointers.extend(held.into_iter().map(|(edge, count)| (edge, count * stands_for)));
        beside += table as f64 * stands_for;
    }
    (pointers, beside)
}

/// Some of what one object holds, and the bytes of the table of its attributes where that is no
/// object.
fn held<M: Memory>(objects: &mut Objects<'_, M>, of: &Reached, turn: u64) -> (Pointers, u64) {
    if let Some(stretch) = Stretch::of(objects, of) {
        return (stretch.some(objects, turn).unwrap_or_default(), 0);
    }
    let (attributes, table) = objects.attribute_edges(of);
    let attributes = attributes.into_iter().take(limits::TYPE_SLOTS);
    (attributes.map(|edge| (edge, 1.0)).collect(), table)
}

/// Pointers one behind the other.
struct Stretch {
    first: u64,
    stride: u64,
    /// In the memory at `first`, free ones among them.
    count: u64,
    /// For one of these, how many there are in the whole container.
    each: f64,
    /// A dict's keys stand before its values.
    keys: bool,
}

impl Stretch {
    fn of<M: Memory>(objects: &Objects<'_, M>, of: &Reached) -> Option<Self> {
        let object = &of.object;
        let plain = |first, stride, count| Self { first, stride, count, each: 1.0, keys: false };
        let length = || object.word(layout::OBJECT_SIZE);
        Some(match of.class.kind {
            Kind::List => plain(object.word(layout::LIST_ITEMS)?, 8, length()?),
            Kind::Tuple => {
                plain(object.address.checked_add_signed(objects.layout.tuple_items)?, 8, length()?)
            }
            Kind::Set => {
                let entries = object.word(layout::SET_MASK)?.checked_add(1)?;
                plain(object.word(layout::SET_TABLE)?, layout::SET_ENTRY, entries)
            }
            Kind::Dict => {
                let entries = objects.dict_entries(object)?;
                let first = entries.first.checked_add(entries.size - 8)?;
                Self { keys: true, ..plain(first, entries.size, entries.count) }
            }
            Kind::Sized if of.class.name.data() == "deque" => Self::of_deque(of, length()?)?,
            _ => return None,
        })
    }

    /// The elements in a deque's first block stand for those in all.
    fn of_deque(of: &Reached, length: u64) -> Option<Self> {
        let left = of.object.word(layout::deque::LEFT_INDEX)?.min(layout::deque::BLOCK_LENGTH);
        let count = (layout::deque::BLOCK_LENGTH - left).min(length);
        let items = of.object.word(layout::deque::LEFT_BLOCK)?.checked_add(8)?;
        let first = items.checked_add(8 * left)?;
        let each = length as f64 / count.max(1) as f64;
        Some(Self { first, stride: 8, count, each, keys: false })
    }

    fn some<M: Memory>(&self, objects: &Objects<'_, M>, turn: u64) -> Option<Pointers> {
        let count = self.count.min(limits::LENGTH);
        let values: Vec<u64> = positions(count, limits::FOOTPRINT_OBJECTS, turn)
            .map(|position| self.first.wrapping_add(position.wrapping_mul(self.stride)))
            .collect();
        let each = self.each * count as f64 / values.len().max(1) as f64;
        let keys = values.iter().filter(|_| self.keys).map(|slot| slot.wrapping_sub(8));
        let slots: Vec<u64> = keys.chain(values.iter().copied()).collect();
        let edges = read_edges(objects.memory, &slots)?;
        Some(edges.into_iter().map(|edge| (edge, each)).collect())
    }
}
