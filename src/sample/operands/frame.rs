//! A frame's own words, and the pointers among them that a look follows.

use super::batch::{Batch, word_at};
use super::layout::{Layout, code};
use super::names::{Fingerprint, Names};
use super::object::{Edge, untagged};
use crate::limits;
use crate::sample::memory::{Memory, ReadError};

/// The bytes of a `_PyInterpreterFrame`, its slots included.
pub(super) struct Frame {
    address: u64,
    bytes: Vec<u8>,
    /// Of the code object that it runs.
    pub(super) fingerprint: Fingerprint,
}

/// The pointers of a frame that a look follows.
pub(super) struct Pointers {
    /// By index into [`Names::slots`].
    pub(super) slots: Vec<(usize, Edge)>,
    /// The innermost first.
    namespaces: Vec<Edge>,
    code: Edge,
}

impl Frame {
    /// Reads the frame, with as many slots as are said, and of the code object at `code_address`
    /// what identifies it. `None` when the frame runs another.
    ///
    /// # Errors
    /// When nothing of the process can be read any more.
    pub(super) fn read<M: Memory>(
        memory: &M,
        layout: &Layout,
        address: u64,
        code_address: u64,
        slots: usize,
    ) -> Result<Option<Self>, ReadError> {
        let mut batch = Batch::default();
        let frame = batch.want(address, layout.frame.slots as usize + 8 * slots);
        let code = batch.want(code_address, code::END);
        batch.read(memory)?;
        Ok(batch.bytes(frame).zip(batch.bytes(code)).and_then(|(frame, code)| {
            let runs = untagged(word_at(frame, layout.frame.code as usize)) == code_address;
            let fingerprint = Fingerprint::of(layout, code).filter(|_| runs)?;
            Some(Self { address, bytes: frame.to_vec(), fingerprint })
        }))
    }

    /// The pointers of a frame that was read with the slots of `names`.
    pub(super) fn pointers(&self, layout: &Layout, names: &Names) -> Pointers {
        let pointer = |offset: u64| Edge {
            slot: self.address + offset,
            object: untagged(word_at(&self.bytes, offset as usize)),
        };
        let layout = &layout.frame;
        let slots = (0..names.slots.len())
            .filter(|&i| names.slots[i].name.is_some())
            .map(|i| (i, pointer(layout.slots + 8 * i as u64)))
            .filter(|(_, edge)| edge.object != 0)
            .take(limits::OPERANDS)
            .collect();
        let (globals, locals) = (pointer(layout.globals), pointer(layout.locals));
        let own = !names.optimized() && locals.object != 0 && locals.object != globals.object;
        let namespaces = if own { vec![locals, globals] } else { vec![globals] };
        Pointers { slots, namespaces, code: pointer(layout.code) }
    }
}

impl Pointers {
    /// The slots', then the namespaces', then the code's, which tells whether it still is the same
    /// call.
    pub(super) fn edges(&self) -> Vec<Edge> {
        let slots = self.slots.iter().map(|(_, edge)| *edge);
        slots.chain(self.namespaces.iter().copied()).chain([self.code]).collect()
    }
}
