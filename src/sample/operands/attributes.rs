//! Where an instance keeps its attributes.

use rustc_hash::FxHashMap;

use super::layout::{self, InstanceLayout, Layout, class};
use super::names::{Name, Names};
use super::namespace::{Dict, KeyTables, close};
use super::object::{Edge, Object, follow};
use super::types::Type;
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// What holds an instance's attributes.
pub(super) enum Store {
    /// A dict object, by the slot that points to it.
    Dict(Edge),
    /// An array of values, whose keys the type has.
    Values(Dict),
}

/// An attribute that was found: which instance's, which name's, and where.
pub(super) struct Found {
    /// Index into the instances asked about.
    pub(super) instance: usize,
    /// Index into the names asked for.
    pub(super) name: usize,
    /// Whether its class has it, not the instance itself.
    pub(super) inherited: bool,
    /// Its value.
    pub(super) edge: Edge,
}

/// Whose an attribute is: the owner's index, and the steps from it up the classes, 0 its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Holder {
    instance: usize,
    rank: usize,
}

/// Finds which of `names` are attributes of which of `instances`, as far as they are `sought` of the
/// instance of that index: in slots, in the instance's own
/// dictionary, in its class and along the line of first bases.
///
/// # Errors
/// When nothing of the process can be read any more.
pub(super) fn find<M: Memory>(
    memory: &M,
    layout: &Layout,
    tables: &mut KeyTables,
    instances: &[(&Object, &Type)],
    names: &Names,
    sought: impl Fn(usize, &Name) -> bool,
) -> Result<Vec<Found>, ReadError> {
    let dicts = dicts(memory, layout, instances)?;
    let read = tables.read(memory, dicts.iter().map(|(_, dict)| dict.keys))?;
    let mut found: Vec<((Holder, usize), Edge)> = slots(instances, &names.names);
    for (holder, dict) in dicts {
        let here = read.find(dict, layout, &names.by_address);
        found.extend(here.map(|(name, edge)| ((holder, name), edge)));
    }
    found.retain(|((holder, name), _)| {
        let name = &names.names[*name];
        !is_special(&name.stored) && sought(holder.instance, name)
    });
    found.truncate(limits::OPERANDS);
    close(memory, &mut found)?;
    found.sort_by_key(|((holder, name), _)| (holder.instance, *name, holder.rank));
    found.dedup_by_key(|((holder, name), _)| (holder.instance, *name));
    found.sort_by_key(|((holder, _), _)| holder.rank > 0);
    found.truncate(limits::ATTRIBUTES);
    let found = found.into_iter().map(|((holder, name), edge)| Found {
        instance: holder.instance,
        name,
        inherited: holder.rank > 0,
        edge,
    });
    Ok(found.collect())
}

/// The dictionaries of the instances and of their classes, each instance's nearest first.
fn dicts<M: Memory>(
    memory: &M,
    layout: &Layout,
    instances: &[(&Object, &Type)],
) -> Result<Vec<(Holder, Dict)>, ReadError> {
    let mut dicts: Vec<(Holder, Dict)> = Vec::new();
    let mut pointers: Vec<(Holder, Edge)> = Vec::new();
    for (instance, (object, class)) in instances.iter().enumerate() {
        let own = Holder { instance, rank: 0 };
        match store(layout, object, class) {
            Some(Store::Values(dict)) => dicts.push((own, dict)),
            Some(Store::Dict(edge)) => pointers.push((own, edge)),
            None => {}
        }
        let classes = class.namespaces.iter().enumerate();
        pointers.extend(classes.map(|(above, &slot)| {
            (Holder { instance, rank: above + 1 }, Edge { slot, object: 0 })
        }));
    }
    pointers.truncate(limits::OPERANDS);
    close(memory, &mut pointers)?;
    let edges: Vec<Edge> = pointers.iter().map(|(_, edge)| *edge).collect();
    for ((holder, _), object) in pointers.iter().zip(follow(memory, &edges)?) {
        dicts.extend(object.as_ref().and_then(Dict::of).map(|dict| (*holder, dict)));
    }
    dicts.sort_by_key(|(holder, _)| *holder);
    Ok(dicts)
}

/// `__doc__` and its like, which nearly every class and module has.
fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// The attributes that `__slots__` of the classes name; their pointers are not read yet.
fn slots(instances: &[(&Object, &Type)], names: &[Name]) -> Vec<((Holder, usize), Edge)> {
    let mut found = Vec::new();
    if instances.iter().all(|(_, class)| class.slots.is_empty()) {
        return found;
    }
    let by_text: FxHashMap<&str, usize> =
        names.iter().enumerate().map(|(n, name)| (&*name.stored, n)).collect();
    for (instance, (object, class)) in instances.iter().enumerate() {
        for member in &class.slots {
            let name = by_text.get(&*member.name).copied();
            if let Some((name, slot)) = name.zip(object.address.checked_add(member.offset)) {
                found.push(((Holder { instance, rank: 0 }, name), Edge { slot, object: 0 }));
            }
        }
    }
    found
}

pub(super) fn store(layout: &Layout, object: &Object, class: &Type) -> Option<Store> {
    if class.flags & class::MANAGED_DICT != 0 {
        managed_store(layout, object, class)
    } else {
        let slot = dict_slot(object, class)?;
        let offset = slot.checked_signed_diff(object.address)?;
        match object.word(offset) {
            Some(0) => None,
            word => Some(Store::Dict(Edge { slot, object: word.unwrap_or(0) })),
        }
    }
}

fn managed_store(layout: &Layout, object: &Object, class: &Type) -> Option<Store> {
    /// `_PyObject_ManagedDictPointer` and, on 3.11, `_PyObject_ValuesPointer`.
    const DICT: i64 = -24;
    const VALUES: i64 = -32;
    let word = object.word(DICT)?;
    let values = match layout.instance {
        InstanceLayout::TwoPointers => object.word(VALUES)?,
        InstanceLayout::Tagged if word & 1 == 1 => word.checked_add(1)?,
        InstanceLayout::Tagged => 0,
        InstanceLayout::Inline => inline_values(object, class).unwrap_or(0),
    };
    if values != 0 {
        return Some(Store::Values(Dict::of_values(class.shared_keys, values)));
    }
    let slot = object.address.checked_add_signed(DICT)?;
    (word != 0).then_some(Store::Dict(Edge { slot, object: word }))
}

fn inline_values(object: &Object, class: &Type) -> Option<u64> {
    const VALID_SHIFT: i64 = 8 * layout::VALUES_VALID;
    if class.flags & class::INLINE_VALUES == 0 {
        return None;
    }
    let head = object.word(i64::try_from(class.basic_size).ok()?)?;
    let valid = head >> VALID_SHIFT & 0xff == 1;
    valid.then(|| object.address.checked_add(class.basic_size))?
}

/// Where the pointer to a `__dict__` is that the type placed by `tp_dictoffset`. A negative offset
/// counts from the end of an object of variable size (typeobject.c, `_PyObject_DictPointer`).
fn dict_slot(object: &Object, class: &Type) -> Option<u64> {
    if class.dict_offset > 0 {
        return object.address.checked_add_signed(class.dict_offset);
    }
    if class.dict_offset == 0 {
        return None;
    }
    let items = object.word(layout::OBJECT_SIZE)?.cast_signed().unsigned_abs();
    let size = class.item_size.checked_mul(items)?.checked_add(class.basic_size)?;
    let size = size.checked_next_multiple_of(8)?;
    object.address.checked_add(size)?.checked_add_signed(class.dict_offset)
}
