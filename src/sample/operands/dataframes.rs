//! Rows, columns and dtypes of pandas' frames and series, read from the objects that they are made
//! of: a manager with its blocks of values and, for each axis, an index.
//!
//! The attributes are those of pandas 2.3 and 3.1 (pandas/core/generic.py, core/internals/managers.py,
//! core/indexes); where an extension type of pandas keeps one of them itself, its place is a
//! constant here. What is not found so is left out.

use std::collections::HashSet;
use std::sync::Arc;

use super::arrays::{self, Beside};
use super::boxed;
use super::object::{Edge, Object};
use super::objects::{Objects, Reached};
use super::types::{Kind, Type};
use crate::limits;
use crate::sample::memory::{Memory, ReadError};
use crate::text::Untrusted;

/// What was found of a frame or series.
#[derive(Debug, Clone, Default)]
pub(super) struct DataFrame {
    pub(super) rows: Option<u64>,
    /// How many columns; a series has no axis of them.
    pub(super) columns: Option<u64>,
    /// The names of its dtypes, and of the types of objects where one is `object`, each once.
    pub(super) dtypes: Vec<Untrusted>,
}

/// `BlockManager.blocks` and `.axes` (pandas/_libs/internals.pyx).
const MANAGER_BLOCKS: u64 = 24;
const MANAGER_AXES: u64 = 32;
/// `Block.values` (pandas/_libs/internals.pyx).
const BLOCK_VALUES: u64 = 48;
/// `NDArrayBacked._ndarray` (pandas/_libs/arrays.pyx).
const BACKING_ARRAY: u64 = 24;

/// Reads the frames and series among `objects`.
pub(super) fn read<M: Memory>(
    reader: &mut Objects<'_, M>,
    objects: &[(&Object, &Arc<Type>)],
    turn: u64,
) -> Vec<Option<DataFrame>> {
    let mut found = vec![None; objects.len()];
    let frames = objects.iter().enumerate().filter(|(_, (_, class))| class.kind == Kind::DataFrame);
    for (index, (object, class)) in frames.take(limits::DATA_FRAMES) {
        let frame = Reached { object: (*object).clone(), class: Arc::clone(class) };
        found[index] = data_frame(reader, &frame, turn);
    }
    found
}

fn data_frame<M: Memory>(
    objects: &mut Objects<'_, M>,
    frame: &Reached,
    turn: u64,
) -> Option<DataFrame> {
    let manager = objects.attribute(frame, "_mgr")?;
    let [blocks, axes] = match manager.type_name().data() {
        "SingleBlockManager" => ["blocks", "axes"].map(|name| objects.attribute(&manager, name)),
        "BlockManager" => {
            [MANAGER_BLOCKS, MANAGER_AXES].map(|at| objects.reach(manager.pointer(at)?))
        }
        _ => return None,
    };
    let (blocks, axes) = (blocks?, axes?);
    if !blocks.is_native("tuple") || !axes.is_native("list") {
        return None;
    }
    let axes = objects.first_items(&axes);
    let axes = objects.follow(&axes);
    let (rows, columns) = match &axes[..] {
        [Some(index)] => (index_length(objects, index), None),
        [columns, Some(index)] => {
            let columns = columns.as_ref().and_then(|columns| index_length(objects, columns));
            (index_length(objects, index), columns)
        }
        _ => return None,
    };
    let dtypes = dtypes(objects, &blocks, turn).unwrap_or_default();
    Some(DataFrame { rows, columns, dtypes })
}

/// `len()` of an index: that of its range, or of the array of its labels.
fn index_length<M: Memory>(objects: &mut Objects<'_, M>, index: &Reached) -> Option<u64> {
    if let Some(range) = objects.attribute(index, "_range") {
        return beside(objects, &[&range]).ok()?.first()?.length;
    }
    let labels = objects.attribute(index, "_data")?;
    let labels = array_of(objects, labels)?;
    beside(objects, &[&labels]).ok()?.first()?.length
}

/// The array itself, or the one that an extension array keeps its values in.
fn array_of<M: Memory>(objects: &mut Objects<'_, M>, values: Reached) -> Option<Reached> {
    if values.class.kind == Kind::Array {
        return Some(values);
    }
    let backing = objects.reach(values.pointer(BACKING_ARRAY)?)?;
    (backing.class.kind == Kind::Array).then_some(backing)
}

/// The dtypes of the first few blocks, and the types of what is in those of objects; those of extension arrays by what pandas calls them, or by the
/// name of the array's class.
fn dtypes<M: Memory>(
    objects: &mut Objects<'_, M>,
    blocks: &Reached,
    turn: u64,
) -> Option<Vec<Untrusted>> {
    let blocks = objects.first_items(blocks);
    let blocks = objects.follow(&blocks);
    let values: Vec<Edge> =
        blocks.iter().flatten().filter_map(|block| block.pointer(BLOCK_VALUES)).collect();
    let values: Vec<Reached> = objects.follow(&values).into_iter().flatten().collect();
    let beside = beside(objects, &values.iter().collect::<Vec<_>>()).ok()?;
    let dtypes = values.iter().zip(&beside).map(|(values, Beside { dtype, .. })| match dtype {
        Some(name) => Untrusted::new(*name),
        None => extension(values.type_name()),
    });
    let mut names: Vec<Untrusted> = dtypes.collect();
    for (values, beside) in values.iter().zip(&beside) {
        if boxed::is_boxed(beside) {
            names.extend(boxed::types(objects, &values.object, turn));
        }
    }
    let mut met = HashSet::new();
    names.retain(|name| met.insert(name.clone()));
    Some(names)
}

fn extension(array: &Untrusted) -> Untrusted {
    match array.data() {
        "Categorical" => Untrusted::new("category"),
        "DatetimeArray" => Untrusted::new("datetime64"),
        "TimedeltaArray" => Untrusted::new("timedelta64"),
        _ => array.clone(),
    }
}

fn beside<M: Memory>(
    objects: &Objects<'_, M>,
    arrays: &[&Reached],
) -> Result<Vec<Beside>, ReadError> {
    let arrays: Vec<_> = arrays.iter().map(|it| (&it.object, it.class.kind)).collect();
    arrays::beside(objects.memory, &objects.layout, &arrays)
}
