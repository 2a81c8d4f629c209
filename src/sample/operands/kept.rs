//! Strings that a large container keeps: whether equal ones are objects of their own.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::boxed::read_edges;
use super::layout::{self, REFERENCES};
use super::object::Edge;
use super::objects::{Objects, Reached};
use super::spread::positions;
use super::types::Kind;
use crate::limits;
use crate::sample::dump::Content;
use crate::sample::memory::Memory;
use crate::sample::{Operand, Value};
use crate::text::Untrusted;

/// Some of the strings in a list, a tuple or the values of a dict, and in rows of it that are lists,
/// tuples or dicts: one operand each, named `name[*]` or `name[*][1]`. One that nothing else refers
/// to is told by its text, others are [`Value::Shared`]. Nothing for what is not large.
pub(super) fn strings<M: Memory>(
    objects: &mut Objects<'_, M>,
    name: &str,
    container: &Reached,
    turn: u64,
) -> Vec<Operand> {
    let edges = spread_edges(objects, container, turn).unwrap_or_default();
    let elements = objects.follow(&edges);
    let elements: Vec<Reached> = elements.into_iter().flatten().collect();
    let (strings, rows): (Vec<_>, Vec<_>) =
        elements.into_iter().partition(|element| element.is_native("str"));
    let mut labels = Vec::new();
    let mut columns = Vec::new();
    for row in rows.iter().take(limits::ROWS) {
        for (label, edge) in row_edges(objects, row) {
            labels.push(label);
            columns.push(edge);
        }
    }
    let columns = labels.into_iter().zip(objects.follow(&columns));
    let columns = columns.filter_map(|(label, column)| Some((label, column?)));
    let columns = columns.filter(|(_, column)| column.is_native("str"));
    let strings = strings.into_iter().map(|string| (String::new(), string));
    strings
        .chain(columns)
        .map(|(label, string)| operand(objects, format!("{name}[*]{label}"), &string))
        .collect()
}

/// Whether elements of that type are strings, or rows of them.
pub(super) fn is_kept(type_name: &Untrusted) -> bool {
    matches!(type_name.data(), "dict" | "list" | "str" | "tuple")
}

fn operand<M: Memory>(objects: &Objects<'_, M>, expression: String, string: &Reached) -> Operand {
    let text = objects.layout.text.length as i64;
    Operand {
        expression: Untrusted::new(expression),
        type_name: string.type_name().clone(),
        length: string.object.word(text).filter(|&length| length <= limits::LENGTH),
        value: Some(value(objects, string)),
        weight: 1,
        ..Operand::default()
    }
}

/// A long text is one that no other is equal to.
fn value<M: Memory>(objects: &Objects<'_, M>, string: &Reached) -> Value {
    /// From 3.14 the upper bits are flags (`PyObject`, object.h).
    const COUNT: u64 = (1 << 48) - 1;
    if string.object.word(REFERENCES).map(|count| count & COUNT) != Some(1) {
        return Value::Shared;
    }
    match objects.plain(string) {
        Content::Text { start, cut: false } => {
            let mut hasher = DefaultHasher::new();
            start.data().hash(&mut hasher);
            Value::Digest(hasher.finish())
        }
        _ => Value::Outrun,
    }
}

/// The pointers to some elements or values of a large container, spread over it.
fn spread_edges<M: Memory>(
    objects: &Objects<'_, M>,
    container: &Reached,
    turn: u64,
) -> Option<Vec<Edge>> {
    let object = &container.object;
    let length = object.word(layout::OBJECT_SIZE)?;
    if !(limits::MANY_ELEMENTS..=limits::LENGTH).contains(&length) {
        return None;
    }
    let (first, stride, count) = match container.class.kind {
        Kind::List => (object.word(layout::LIST_ITEMS)?, 8, length),
        Kind::Tuple => (object.address.checked_add_signed(objects.layout.tuple_items)?, 8, length),
        Kind::Dict => {
            let entries = objects.dict_entries(object)?;
            (entries.first.checked_add(entries.size - 8)?, entries.size, entries.count)
        }
        _ => return None,
    };
    let slots = positions(count.min(limits::LENGTH), limits::SPREAD_ELEMENTS, turn)
        .map(|position| first.wrapping_add(position.wrapping_mul(stride)));
    read_edges(objects.memory, &slots.collect::<Vec<_>>())
}

/// The first elements of a row, each with how it is asked for.
fn row_edges<M: Memory>(objects: &Objects<'_, M>, row: &Reached) -> Vec<(String, Edge)> {
    if row.class.kind != Kind::Dict {
        let items = objects.first_items(row).into_iter().enumerate();
        return items.map(|(index, edge)| (format!("[{index}]"), edge)).collect();
    }
    let entries = objects.first_entries(row);
    let names: Vec<u64> = entries.iter().map(|(key, _)| key.object).collect();
    let names = objects.texts(&names).into_iter().zip(entries);
    names
        .filter_map(|(name, (_, value))| {
            let name = name.filter(|name| name.data().len() <= limits::TYPE_NAME_BYTES)?;
            Some((format!("['{}']", name.data()), value))
        })
        .collect()
}
