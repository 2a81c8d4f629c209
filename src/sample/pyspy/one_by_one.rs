//! Threads that py-spy is asked for one at a time, so that one which it cannot read hides no other.
//!
//! py-spy walks a list of thread states from a head that it is told of, and gives all or none. Told
//! that the list begins at a certain one and that this one holds the lock, and asked for the holder
//! alone, it reads that one and no more.

use advisors::Python;
use py_spy::python_process_info::PythonProcessLayout;
use py_spy::{PythonSpy, StackTrace};
use rustc_hash::FxHashMap;

use super::thread_list::{self, ThreadList};
use super::{ATTEMPTS, Traces};
use crate::limits;
use crate::sample::live::LiveMemory;

/// Sweeps at most in which a stack that was too deep is not looked at again: finding that out takes
/// as many reads as it has frames.
const LONGEST_PATIENCE: u32 = 8;

/// How the threads of one process are asked for.
pub(super) struct OneByOne {
    list: ThreadList,
    layout: PythonProcessLayout,
    /// Those whose stack was too deep, by the address of their state.
    deep: FxHashMap<u64, Deep>,
}

#[derive(Debug, Clone, Copy)]
struct Deep {
    patience: u32,
    left: u32,
}

impl OneByOne {
    /// `None` for a version whose threads py-spy can only be asked for all at once.
    pub(super) fn of(spy: &PythonSpy) -> Option<Self> {
        let part = |number: u64| u8::try_from(number).unwrap_or(u8::MAX);
        let python = Python::new(part(spy.version.major), part(spy.version.minor));
        let layout = spy.addresses.clone();
        Some(Self { list: ThreadList::of(python)?, layout, deep: FxHashMap::default() })
    }

    /// `None` when the list of threads changed under the look.
    pub(super) fn traces(&mut self, spy: &mut PythonSpy, memory: &LiveMemory) -> Option<Traces> {
        let holder = match self.layout.threadstate_address as u64 {
            0 => None,
            address => Some(thread_list::pointer(memory, address)?),
        };
        let wants_names = spy.config.collect_thread_names;
        spy.config.gil_only = true;
        let mut traces = Traces::default();
        let mut seen = Vec::new();
        let mut link = ThreadList::head(self.layout.interpreter_address as u64);
        while seen.len() < limits::THREADS {
            let thread = thread_list::pointer(memory, link)?;
            if thread == 0 {
                break;
            }
            seen.push(thread);
            // It knows all names once it knows one.
            spy.config.collect_thread_names = wants_names && spy.python_thread_names.is_empty();
            match self.trace(spy, memory, link, thread) {
                Ok(mut trace) => {
                    trace.owns_gil = holder == Some(thread);
                    let name = spy.python_thread_names.get(&trace.thread_id).cloned();
                    trace.thread_name = name.flatten();
                    traces.of_threads.push(trace);
                }
                Err(Unread::TooDeep) => traces.too_deep += 1,
                Err(Unread::Torn) => traces.torn += 1,
            }
            link = self.list.next(thread);
        }
        spy.config.collect_thread_names = wants_names;
        self.deep.retain(|thread, _| seen.contains(thread));
        Some(traces)
    }

    /// The stack of the thread whose state is at `thread`, as the word at `link` says.
    fn trace(
        &mut self,
        spy: &mut PythonSpy,
        memory: &LiveMemory,
        link: u64,
        thread: u64,
    ) -> Result<StackTrace, Unread> {
        if self.is_known_too_deep(memory, thread) {
            return Err(Unread::TooDeep);
        }
        spy.addresses = PythonProcessLayout {
            interpreter_address: link.wrapping_sub(thread_list::HEAD) as usize,
            threadstate_address: link as usize,
            ..self.layout
        };
        for _ in 0..ATTEMPTS {
            if let Some(trace) = spy.get_stack_traces().ok().and_then(|mut traces| traces.pop()) {
                return Ok(trace);
            }
            if self.list.is_too_deep(memory, thread) {
                self.deep.insert(thread, Deep { patience: 1, left: 1 });
                return Err(Unread::TooDeep);
            }
        }
        Err(Unread::Torn)
    }

    fn is_known_too_deep(&mut self, memory: &LiveMemory, thread: u64) -> bool {
        let Some(deep) = self.deep.get_mut(&thread) else { return false };
        if deep.left > 0 {
            deep.left -= 1;
            return true;
        }
        let is_still = self.list.is_too_deep(memory, thread);
        if is_still {
            let patience = (2 * deep.patience).min(LONGEST_PATIENCE);
            *deep = Deep { patience, left: patience };
        } else {
            self.deep.remove(&thread);
        }
        is_still
    }
}

/// Why there is no stack of a thread.
enum Unread {
    /// It has more than [`limits::PYSPY_FRAMES`].
    TooDeep,
    /// It kept changing.
    Torn,
}
