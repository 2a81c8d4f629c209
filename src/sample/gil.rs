//! Which thread holds an interpreter's lock.

use super::batch::{Batch, Slot};
use super::bytes::{half_word, word};
use super::layout::{GilLayout, Layout};
use super::memory::Memory;

/// Where one interpreter's lock is, and what to read of it.
#[derive(Debug)]
pub(super) struct Gil {
    place: Option<Place>,
    slot: Option<Slot>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// Address of a pointer to the thread state that runs.
    Running(u64),
    /// Address of a `struct _gil_runtime_state`.
    Lock { address: u64, last_holder: usize, locked: usize },
}

/// Finds the lock of the interpreter at `interpreter`.
pub(super) fn find<M: Memory>(memory: &M, layout: &Layout, runtime: u64, interpreter: u64) -> Gil {
    let place = match layout.runtime.gil {
        GilLayout::RunningThread { in_runtime } => {
            Some(Place::Running(runtime.wrapping_add(in_runtime)))
        }
        GilLayout::PerInterpreter { pointer, last_holder, locked } => {
            let mut address = [0; 8];
            let pointer = interpreter.wrapping_add(pointer);
            let found = memory.read(pointer, &mut address).is_ok();
            found.then_some(Place::Lock {
                address: u64::from_le_bytes(address),
                last_holder,
                locked,
            })
        }
    };
    Gil { place, slot: None }
}

impl Gil {
    pub(super) fn ask(&mut self, batch: &mut Batch) {
        self.slot = self.place.map(|place| match place {
            Place::Running(address) => batch.add(address, 8),
            Place::Lock { address, last_holder, locked } => {
                batch.add(address, last_holder.max(locked) + 8)
            }
        });
    }

    /// The thread state that held the lock when the batch was read.
    pub(super) fn holder(&self, batch: &Batch) -> Option<u64> {
        let bytes = batch.bytes(self.slot?)?;
        match self.place? {
            Place::Running(_) => word(bytes, 0),
            Place::Lock { last_holder, locked, .. } => {
                let is_locked = half_word(bytes, locked)?.cast_signed() > 0;
                is_locked.then_some(word(bytes, last_holder)?)
            }
        }
    }
}
