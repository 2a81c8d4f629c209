//! From a coroutine that runs to its task and the task's name.

use std::sync::Arc;

use super::layout::{AsyncioLayout, HANDLE_CALLBACK, METHOD_SELF, STEP_TASK};
use crate::sample::batch::{Batch, Slot};
use crate::sample::bytes::word;
use crate::sample::layout::Layout;
use crate::sample::memory::Memory;
use crate::sample::{Code, Task, strings};
use crate::text::Untrusted;

/// A task that was found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) mark: Mark,
    /// What its coroutine runs. Held so that no other code is taken for it.
    pub(super) code: Arc<Code>,
    pub(super) task: Arc<Task>,
}

/// What tells that a coroutine still is the one of a task, and that the task still has its name:
/// programs that start one task after the other find each at the address of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    task: u64,
    coroutine: u64,
    name: u64,
    /// The name's length, hash and first characters; of a number, its digits.
    text: [u8; TEXT],
}

/// What follows an object's head is compared so far.
const TEXT: usize = 48;
/// `sizeof(PyObject)`.
const HEAD: u64 = 16;

impl Mark {
    /// Asks for what is to be compared.
    pub(super) fn ask(&self, layout: &AsyncioLayout, batch: &mut Batch) -> [Slot; 2] {
        let from = layout.task.coroutine;
        let length = (layout.task.name - from) as usize + 8;
        [batch.add(self.task.wrapping_add(from), length), batch.add(self.name + HEAD, TEXT)]
    }

    /// Whether what was read is what it was.
    pub(super) fn holds(&self, batch: &Batch, [task, name]: [Slot; 2]) -> bool {
        let fields = batch.bytes(task);
        let is_same = |fields: &[u8]| {
            word(fields, 0) == Some(self.coroutine)
                && word(fields, fields.len() - 8) == Some(self.name)
        };
        fields.is_some_and(is_same) && batch.bytes(name) == Some(&self.text[..])
    }

    /// As [`Mark::holds`], by a read of its own.
    pub(super) fn holds_now<M: Memory>(&self, layout: &AsyncioLayout, memory: &M) -> bool {
        let mut batch = Batch::default();
        let slots = self.ask(layout, &mut batch);
        batch.run(memory).is_ok() && self.holds(&batch, slots)
    }
}

/// Finds the task that the `Handle._run` whose frame is at `handle` makes a step of, and what the
/// program has named it, if it drives the coroutine whose frame is at `frame`.
pub(super) fn find<M: Memory>(
    memory: &M,
    layout: &Layout,
    asyncio: &AsyncioLayout,
    handle: u64,
    frame: u64,
) -> Option<(Mark, Option<Untrusted>)> {
    let read = |address: u64| {
        let mut bytes = [0; 8];
        memory.read(address, &mut bytes).ok()?;
        Some(u64::from_le_bytes(bytes))
    };
    let coroutine = frame.checked_sub(asyncio.coroutine_frame)?;
    // `self` is the first local of `Handle._run`; frames of 3.14 mark pointers in their low bits.
    let handle = read(handle.checked_add(layout.frame.header as u64)?)? & !3;
    let callback = read(handle.checked_add(HANDLE_CALLBACK)?)?;
    let drives = |task: &u64| read(task.wrapping_add(asyncio.task.coroutine)) == Some(coroutine);
    let candidates = [STEP_TASK, METHOD_SELF].into_iter();
    let task = candidates.filter_map(|at| read(callback.checked_add(at)?)).find(drives)?;
    let name = read(task.checked_add(asyncio.task.name)?)?;
    let mut text = [0; TEXT];
    memory.read(name.checked_add(HEAD)?, &mut text).ok()?;
    let mark = Mark { task, coroutine, name, text };
    let given = is_str(memory, name)?.then(|| strings::read(memory, &layout.text, name)).flatten();
    Some((mark, given.filter(|name| !is_default(name))))
}

/// `Py_TPFLAGS_UNICODE_SUBCLASS` of the object's type (object.h), whose `tp_flags` are at 168
/// (cpython/object.h).
fn is_str<M: Memory>(memory: &M, object: u64) -> Option<bool> {
    let mut bytes = [0; 8];
    memory.read(object.checked_add(8)?, &mut bytes).ok()?;
    memory.read(u64::from_le_bytes(bytes).checked_add(168)?, &mut bytes).ok()?;
    Some(u64::from_le_bytes(bytes) & (1 << 28) != 0)
}

/// Whether asyncio made the name up: it says nothing, and no two tasks have the same.
fn is_default(name: &Untrusted) -> bool {
    let number = name.data().strip_prefix("Task-");
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use advisors::Python;

    use super::*;
    use crate::sample::fake::FakeMemory;
    use crate::sample::layout::PYTHON_3_12;

    #[test]
    fn pointers_to_anywhere_lead_to_no_task() {
        let asyncio = AsyncioLayout::of(Python::new(3, 12)).expect("a known version");
        let anywhere = [0, 1, 4096, 4100, 8192, 1 << 47, u64::MAX - 100, u64::MAX];
        for word in anywhere {
            let page: Vec<u8> = word.to_le_bytes().into_iter().cycle().take(4096).collect();
            let memory = FakeMemory::new([(4096, page)]);
            for handle in anywhere {
                for frame in anywhere {
                    let found = find(&memory, &PYTHON_3_12, &asyncio, handle, frame);
                    assert!(found.is_none(), "{word:#x} {handle:#x} {frame:#x}");
                }
            }
        }
    }

    #[test]
    fn made_up_names_are_told_from_given_ones() {
        for (name, made_up) in
            [("Task-1", true), ("Task-12345", true), ("Task-x", false), ("load", false)]
        {
            assert_eq!(is_default(&Untrusted::new(name)), made_up, "{name}");
        }
    }
}
