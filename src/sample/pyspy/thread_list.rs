//! The thread states and stacks of CPython 2.7 and 3.6 to 3.10, as far as it takes to ask py-spy for
//! one thread at a time.

use advisors::Python;

use crate::limits;
use crate::sample::bytes::word;
use crate::sample::memory::Memory;

/// Where parts of an interpreter lie that has no `_PyInterpreterFrame` yet: Include/pystate.h,
/// Include/cpython/pystate.h, Include/internal/pycore_interp.h and Include/frameobject.h, on 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sample) struct ThreadList {
    /// `PyThreadState.next`
    next: u64,
    /// `PyThreadState.frame`
    frame: u64,
    /// `_PyRuntime.interpreters.head`, from 3.7 on.
    interpreters: Option<u64>,
}

/// `PyInterpreterState.tstate_head`
pub(super) const HEAD: u64 = 8;

/// `PyFrameObject.f_back`
const BACK: u64 = 24;

impl ThreadList {
    pub(in crate::sample) fn of(python: Python) -> Option<Self> {
        match (python.major, python.minor) {
            (2, 7) => Some(Self { next: 0, frame: 16, interpreters: None }),
            (3, 6) => Some(Self { next: 8, frame: 24, interpreters: None }),
            (3, 7) => Some(Self { next: 8, frame: 24, interpreters: Some(24) }),
            (3, 8..=10) => Some(Self { next: 8, frame: 24, interpreters: Some(32) }),
            _ => None,
        }
    }

    /// Where the list of threads of the interpreter at `interpreter` begins.
    pub(super) fn head(interpreter: u64) -> u64 {
        interpreter.wrapping_add(HEAD)
    }

    /// The place that says which thread state comes after that at `thread`.
    pub(super) fn next(self, thread: u64) -> u64 {
        thread.wrapping_add(self.next)
    }

    /// Whether the thread has more frames than py-spy reads of one.
    pub(super) fn is_too_deep<M: Memory>(self, memory: &M, thread: u64) -> bool {
        let mut link = thread.wrapping_add(self.frame);
        for _ in 0..=limits::PYSPY_FRAMES {
            match pointer(memory, link) {
                Some(frame) if frame != 0 => link = frame.wrapping_add(BACK),
                _ => return false,
            }
        }
        true
    }

    /// What keeps py-spy from finding the interpreter at all, whose `_PyRuntime` or, before 3.7,
    /// `interp_head` is at `root`.
    pub(in crate::sample) fn excess<M: Memory>(self, memory: &M, root: u64) -> Option<Excess> {
        let heads = root.wrapping_add(self.interpreters.unwrap_or(0));
        let interpreter = pointer(memory, heads).filter(|&it| it != 0)?;
        let mut link = Self::head(interpreter);
        let mut is_too_deep = false;
        for _ in 0..=limits::PYSPY_THREADS {
            match pointer(memory, link) {
                Some(thread) if thread != 0 => {
                    is_too_deep = is_too_deep || self.is_too_deep(memory, thread);
                    link = self.next(thread);
                }
                _ => return is_too_deep.then_some(Excess::Frames),
            }
        }
        Some(Excess::Threads)
    }
}

/// More than py-spy reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sample) enum Excess {
    /// Threads in the process.
    Threads,
    /// Frames on the stack of one.
    Frames,
}

pub(super) fn pointer<M: Memory>(memory: &M, address: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    memory.read(address, &mut bytes).ok()?;
    word(&bytes, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::fake::FakeMemory;

    const ROOT: u64 = 4096;
    const INTERPRETER: u64 = ROOT + 64;
    const THREAD: u64 = ROOT + 128;
    const STACK: u64 = ROOT + 256;

    /// One thread, or a ring of it, whose stack has so many frames; 0 for one that has no end.
    fn process(frames: u64, is_ring: bool) -> FakeMemory {
        let bytes = vec![0; 512 + 32 * (frames as usize + 1)];
        let mut memory = FakeMemory::new([(ROOT, bytes)]);
        let mut put = |at: u64, value: u64| memory.put(at, &value.to_le_bytes());
        put(ROOT + 32, INTERPRETER);
        put(INTERPRETER + HEAD, THREAD);
        put(THREAD + 8, if is_ring { THREAD } else { 0 });
        put(THREAD + 24, STACK);
        match frames {
            0 => put(STACK + BACK, STACK),
            _ => (1..frames).for_each(|it| put(STACK + 32 * (it - 1) + BACK, STACK + 32 * it)),
        }
        memory
    }

    fn excess(frames: u64, is_ring: bool) -> Option<Excess> {
        let list = ThreadList::of(Python::new(3, 10)).expect("known");
        list.excess(&process(frames, is_ring), ROOT)
    }

    #[test]
    fn more_than_can_be_read_is_noticed() {
        assert_eq!(excess(4_096, false), None);
        assert_eq!(excess(4_097, false), Some(Excess::Frames));
        assert_eq!(excess(0, false), Some(Excess::Frames));
        assert_eq!(excess(1, true), Some(Excess::Threads));
        let list = ThreadList::of(Python::new(3, 10)).expect("known");
        assert_eq!(list.excess(&FakeMemory::new([]), ROOT), None);
    }

    #[test]
    fn later_versions_are_not_walked_so() {
        for (major, minor) in [(2, 6), (3, 5), (3, 11), (3, 15)] {
            assert_eq!(ThreadList::of(Python::new(major, minor)), None);
        }
    }
}
