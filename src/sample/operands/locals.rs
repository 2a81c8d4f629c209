//! The local variables of a frame, each with what it is worth.

use std::sync::Arc;

use super::frame::Frame;
use super::layout::CELL_CONTENT;
use super::names::Names;
use super::namespace::Dict;
use super::object::Edge;
use super::objects::{Objects, Reached};
use super::types::Kind;
use crate::limits;
use crate::sample::Code;
use crate::sample::dump::{Content, Local, Locals, Value};
use crate::sample::memory::Memory;
use crate::text::Untrusted;

/// A variable, and what it is bound to where that is an object of a type that is known.
type Bound = (Untrusted, Option<Reached>);

/// What is told of an object of which nothing can be.
const UNKNOWN: Value =
    Value { type_name: None, length: None, footprint: None, content: Content::Unseen };

impl<M: Memory> Objects<'_, M> {
    /// The variables of the `_PyInterpreterFrame` at `address`, which must run the code object at
    /// `code_address`: a function's own and those it closes over, a module's or class body's
    /// own as far as they are data. One whose type cannot be told is there without a value. `None`
    /// when it runs other code by now.
    pub(in crate::sample) fn locals(
        &mut self,
        address: u64,
        code_address: u64,
        code: &Arc<Code>,
    ) -> Option<Locals> {
        let (memory, layout) = (self.memory, self.layout);
        let (frame, names) =
            Frame::with_names(memory, &layout, &mut self.known, address, code_address, code)
                .ok()??;
        let pointers = frame.pointers(&layout, &names, None, limits::LOCALS);
        let (bound, left_out): (Vec<Bound>, usize) = if names.optimized() {
            let edges: Vec<Edge> = pointers.slots.iter().map(|(_, edge)| *edge).collect();
            let slots = pointers.slots.iter().map(|(slot, _)| *slot);
            let reached = self.follow(&edges);
            let named = slots.zip(reached);
            let bound = named.filter_map(|(slot, it)| self.unpacked(&names, slot, it)).collect();
            (bound, pointers.beyond + names.unread_slots())
        } else {
            self.namespace(pointers.innermost_namespace()?)
        };
        let objects: Vec<Reached> = bound.iter().filter_map(|(_, it)| it.clone()).collect();
        let mut values = self.values(&objects).into_iter();
        let mut local = |(name, object): Bound| {
            let value = object.and_then(|_| values.next()).unwrap_or(UNKNOWN);
            Local { name, value }
        };
        // What was read while the frame ran other code is not its own.
        frame
            .still_runs(memory, &layout, code_address)
            .then(|| Locals { shown: bound.into_iter().map(&mut local).collect(), left_out })
    }

    /// A slot's name and value; of a cell, what is in it.
    fn unpacked(&mut self, names: &Names, slot: usize, it: Option<Reached>) -> Option<Bound> {
        let slot = &names.slots[slot];
        let name = Untrusted::new(slot.name.clone()?);
        if let Some(cell) = it.as_ref().filter(|it| slot.cell && it.class.kind == Kind::Cell) {
            let content = cell.pointer(CELL_CONTENT.unsigned_abs())?;
            return Some((name, self.reach(content)));
        }
        Some((name, it))
    }

    /// A module's or class body's variables, without what it has imported and defined; and how many
    /// names it has beyond those that were looked at.
    fn namespace(&mut self, dict: Edge) -> (Vec<Bound>, usize) {
        let dict = self.reach(dict).filter(|dict| dict.class.kind == Kind::Dict);
        let Some(dict) = dict.and_then(|dict| Dict::of(&dict.object)) else {
            return (Vec::new(), 0);
        };
        let mut entries = self.entries(dict);
        let left_out = entries.len().saturating_sub(limits::LOCALS);
        entries.truncate(limits::LOCALS);
        let keys: Vec<u64> = entries.iter().map(|(key, _)| *key).collect();
        let edges: Vec<Edge> = entries.iter().map(|(_, edge)| *edge).collect();
        let values = self.follow(&edges);
        let named = self.texts(&keys).into_iter().zip(values);
        let data = named
            .filter_map(|(name, value)| Some((name?, value)))
            .filter(|(name, _)| !name.data().starts_with("__"))
            .filter(|(_, value)| value.as_ref().is_none_or(is_data));
        (data.collect(), left_out)
    }
}

fn is_data(object: &Reached) -> bool {
    let defined = ["function", "builtin_function_or_method"];
    !matches!(object.class.kind, Kind::Module | Kind::Class)
        && !defined.contains(&object.class.name.data())
}
