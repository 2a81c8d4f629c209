//! Stacks through py-spy, at line precision: for CPython 2.7 and 3.6 to 3.10, and for what our own
//! walker does not know yet.

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;
use py_spy::config::LockingStrategy;
use py_spy::{Config, PythonSpy, StackTrace};

use super::live::LiveMemory;
use super::pthread;
use super::tasks::Tasks;
use super::{Code, Frame, Sample, Sweep};
use crate::limits;
use crate::text::Untrusted;

/// A walk that failed is tried this often in all: without pausing the target, py-spy fails as a
/// whole when one thread's stack changes under it.
const ATTEMPTS: usize = 4;

/// py-spy's walk of one process, without pausing it.
pub(super) struct PySpyWalker {
    spy: PythonSpy,
    memory: LiveMemory,
    codes: CodePool,
    threads: pthread::ThreadIds,
    last_count: u32,
}

/// Every walk failed.
pub(super) struct WalkFailed;

impl PySpyWalker {
    /// Wraps an attached py-spy.
    pub(super) fn new(spy: PythonSpy) -> Self {
        let pid = spy.pid.cast_unsigned();
        Self {
            spy,
            memory: LiveMemory::new(pid),
            codes: CodePool::default(),
            threads: pthread::ThreadIds::default(),
            last_count: 1,
        }
    }

    /// py-spy's settings: no pause, whole file names, lines of the running instruction.
    pub(super) fn config() -> Config {
        Config {
            blocking: LockingStrategy::NonBlocking,
            full_filenames: true,
            collect_thread_names: false,
            ..Config::default()
        }
    }

    /// Whether there is a Python thread yet.
    pub(super) fn has_threads(&mut self) -> bool {
        self.traces().is_ok_and(|traces| !traces.is_empty())
    }

    /// One sweep. A walk that keeps failing is counted, not reported as an error.
    pub(super) fn sweep(&mut self, tasks: &mut Tasks) -> Sweep {
        let Ok(traces) = self.traces() else {
            return Sweep { torn: self.last_count, ..Sweep::default() };
        };
        let mut sweep = Sweep::default();
        self.last_count = 0;
        for trace in traces {
            self.last_count += 1;
            match self.thread_of(&trace, tasks) {
                Some(thread) => sweep.samples.extend(self.sample(trace, thread, tasks)),
                None => sweep.unreadable += 1,
            }
        }
        sweep
    }

    fn traces(&mut self) -> Result<Vec<StackTrace>, WalkFailed> {
        for _ in 0..ATTEMPTS {
            if let Ok(traces) = self.spy.get_stack_traces() {
                return Ok(traces);
            }
        }
        Err(WalkFailed)
    }

    fn thread_of(&mut self, trace: &StackTrace, tasks: &Tasks) -> Option<u32> {
        let own_id = trace.os_thread_id.and_then(|id| u32::try_from(id).ok());
        own_id
            .and_then(|id| tasks.outer_id(id))
            .or_else(|| self.threads.thread_of(trace.thread_id, &self.memory, tasks))
    }

    fn sample(&mut self, trace: StackTrace, thread: u32, tasks: &mut Tasks) -> Option<Sample> {
        let state = tasks.state(thread, trace.owns_gil)?;
        let frames: Vec<Frame> = trace
            .frames
            .into_iter()
            .take(limits::FRAMES)
            .map(|frame| Frame {
                place: Place::line(u32::try_from(frame.line).unwrap_or(0)),
                code: self.codes.intern(frame.filename, frame.name),
            })
            .collect();
        (!frames.is_empty()).then_some(Sample {
            thread,
            state,
            frames,
            truncated: false,
            operands: Vec::new(),
        })
    }
}

/// One `Code` for each file and name: py-spy does not tell code objects apart any further.
#[derive(Default)]
struct CodePool {
    by_file: HashMap<String, HashMap<String, Arc<Code>>>,
    held: usize,
}

impl CodePool {
    fn intern(&mut self, file: String, name: String) -> Arc<Code> {
        if let Some(code) = self.by_file.get(&file).and_then(|names| names.get(&name)) {
            return Arc::clone(code);
        }
        if self.held >= limits::CACHED_CODES {
            *self = Self::default();
        }
        self.held += 1;
        let code = Arc::new(Code {
            name: Untrusted::new(name.as_str()),
            file: Untrusted::new(file.as_str()),
            first_line: 0,
        });
        self.by_file.entry(file).or_default().insert(name, Arc::clone(&code));
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_function_is_one_code() {
        let mut pool = CodePool::default();
        let a = pool.intern("a.py".into(), "f".into());
        let b = pool.intern("a.py".into(), "f".into());
        let c = pool.intern("b.py".into(), "f".into());
        assert!(Arc::ptr_eq(&a, &b));
        assert_ne!(a, c);
    }
}
