//! Which thread holds an interpreter's lock, and which waits for it.

use std::ops::Range;

use super::bytes::{half_word, word};
use super::layout::{GilLayout, Layout};
use super::memory::Memory;

/// Where one interpreter's lock is.
#[derive(Debug)]
pub(super) struct Gil {
    place: Option<Place>,
    /// Where the lock is, with the condition variables that its waiters sleep on.
    bounds: Range<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// Address of a pointer to the thread state that runs.
    Running(u64),
    /// Address of a `struct _gil_runtime_state`.
    Lock { address: u64, last_holder: usize, locked: usize },
}

/// Bytes of a `struct _gil_runtime_state` (pycore_gil.h: 208 in 3.11 to 3.15), at most.
const LOCK: u64 = 216;

/// Finds the lock of the interpreter at `interpreter`.
pub(super) fn find<M: Memory>(memory: &M, layout: &Layout, runtime: u64, interpreter: u64) -> Gil {
    let start;
    let place = match layout.runtime.gil {
        GilLayout::RunningThread { in_runtime, lock } => {
            start = runtime.wrapping_add(lock);
            Some(Place::Running(runtime.wrapping_add(in_runtime)))
        }
        GilLayout::PerInterpreter { pointer, last_holder, locked } => {
            let mut address = [0; 8];
            let pointer = interpreter.wrapping_add(pointer);
            let found = memory.read(pointer, &mut address).is_ok();
            start = u64::from_le_bytes(address);
            found.then_some(Place::Lock { address: start, last_holder, locked })
        }
    };
    Gil { place, bounds: start..start.saturating_add(LOCK) }
}

impl Gil {
    /// What to read of it: address and length.
    pub(super) fn extent(&self) -> Option<(u64, usize)> {
        self.place.map(|place| match place {
            Place::Running(address) => (address, 8),
            Place::Lock { address, last_holder, locked } => (address, last_holder.max(locked) + 8),
        })
    }

    /// Whether it was there when it was looked for: an interpreter that is being made has threads
    /// before it has a lock (`new_interpreter`, Python/pylifecycle.c, 3.12).
    pub(super) fn is_known(&self) -> bool {
        self.bounds.start != 0
    }

    /// Whether a thread that sleeps on the futex at `address` waits for the lock.
    pub(super) fn is_waited_for_at(&self, address: u64) -> bool {
        self.is_known() && self.bounds.contains(&address)
    }

    /// The thread state that held the lock when `bytes` were read.
    pub(super) fn holder(&self, bytes: &[u8]) -> Option<u64> {
        match self.place? {
            Place::Running(_) => word(bytes, 0),
            Place::Lock { last_holder, locked, .. } => {
                let is_locked = half_word(bytes, locked)?.cast_signed() > 0;
                is_locked.then_some(word(bytes, last_holder)?)
            }
        }
    }
}
