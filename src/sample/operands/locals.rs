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
use crate::sample::dump::Local;
use crate::sample::memory::Memory;
use crate::text::Untrusted;

impl<M: Memory> Objects<'_, M> {
    /// The variables of the `_PyInterpreterFrame` at `address`, which must run the code object at
    /// `code_address`: a function's own and those it closes over, a module's or class body's
    /// own as far as they are data. `None` when it runs other code by now. No more than
    /// [`limits::LOCALS`].
    pub(in crate::sample) fn locals(
        &mut self,
        address: u64,
        code_address: u64,
        code: &Arc<Code>,
    ) -> Option<Vec<Local>> {
        let (memory, layout) = (self.memory, self.layout);
        let (frame, names) =
            Frame::with_names(memory, &layout, &mut self.known, address, code_address, code)
                .ok()??;
        let pointers = frame.pointers(&layout, &names, None);
        let mut bound: Vec<(Untrusted, Reached)> = if names.optimized() {
            let edges: Vec<Edge> = pointers.slots.iter().map(|(_, edge)| *edge).collect();
            let slots = pointers.slots.iter().map(|(slot, _)| *slot);
            let reached = self.follow(&edges);
            slots.zip(reached).filter_map(|(slot, it)| self.unpacked(&names, slot, it?)).collect()
        } else {
            self.namespace(pointers.innermost_namespace()?)
        };
        bound.truncate(limits::LOCALS);
        let (names, objects): (Vec<_>, Vec<_>) = bound.into_iter().unzip();
        let values = self.values(&objects);
        // What was read while the frame ran other code is not its own.
        frame.still_runs(memory, &layout, code_address).then(|| {
            names.into_iter().zip(values).map(|(name, value)| Local { name, value }).collect()
        })
    }

    /// A slot's name and value; of a cell, what is in it.
    fn unpacked(
        &mut self,
        names: &Names,
        slot: usize,
        it: Reached,
    ) -> Option<(Untrusted, Reached)> {
        let slot = &names.slots[slot];
        let name = Untrusted::new(slot.name.clone()?);
        if slot.cell && it.class.kind == Kind::Cell {
            return Some((name, self.reach(it.pointer(CELL_CONTENT.unsigned_abs())?)?));
        }
        Some((name, it))
    }

    /// A module's or class body's variables, without what it has imported and defined.
    fn namespace(&mut self, dict: Edge) -> Vec<(Untrusted, Reached)> {
        let dict = self.reach(dict).filter(|dict| dict.class.kind == Kind::Dict);
        let Some(dict) = dict.and_then(|dict| Dict::of(&dict.object)) else { return Vec::new() };
        let mut entries = self.entries(dict);
        entries.truncate(limits::OPERANDS);
        let keys: Vec<u64> = entries.iter().map(|(key, _)| *key).collect();
        let edges: Vec<Edge> = entries.iter().map(|(_, edge)| *edge).collect();
        let values = self.follow(&edges);
        let named = self.texts(&keys).into_iter().zip(values);
        named
            .filter_map(|(name, value)| Some((name?, value?)))
            .filter(|(name, value)| !name.data().starts_with("__") && is_data(value))
            .collect()
    }
}

fn is_data(object: &Reached) -> bool {
    let defined = ["function", "builtin_function_or_method"];
    !matches!(object.class.kind, Kind::Module | Kind::Class)
        && !defined.contains(&object.class.name.data())
}
