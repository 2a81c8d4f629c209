//! Stacks through py-spy, at line precision: for CPython 2.7 and 3.6 to 3.10, and for what our own
//! walker does not know yet.

mod one_by_one;
mod thread_list;

use std::collections::HashMap;
use std::sync::Arc;

use advisors::Place;
use py_spy::config::LockingStrategy;
use py_spy::stack_trace::LocalVariable;
use py_spy::{Config, PythonSpy, StackTrace};

use super::asyncio;
use super::dump;
use super::live::LiveMemory;
use super::pthread;
use super::tasks::Tasks;
use super::{Code, Frame, Sample, Sweep};
use crate::limits;
use crate::text::Untrusted;
use one_by_one::OneByOne;
pub(super) use thread_list::{Excess, ThreadList};

/// A walk that failed is tried this often in all.
const ATTEMPTS: usize = 4;

/// py-spy's walk of one process, without pausing it.
pub(super) struct PySpyWalker {
    spy: PythonSpy,
    memory: LiveMemory,
    codes: CodePool,
    threads: pthread::ThreadIds,
    one_by_one: Option<OneByOne>,
    last_count: u32,
}

/// Every walk failed.
pub(super) struct WalkFailed;

/// What a walk gave.
#[derive(Debug, Default)]
struct Traces {
    of_threads: Vec<StackTrace>,
    /// Threads whose stack kept changing.
    torn: u32,
    /// Threads that have more than [`limits::PYSPY_FRAMES`].
    too_deep: u32,
}

impl PySpyWalker {
    /// Wraps an attached py-spy.
    pub(super) fn new(spy: PythonSpy) -> Self {
        let pid = spy.pid.cast_unsigned();
        Self {
            one_by_one: OneByOne::of(&spy),
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
        let has_some = |Traces { of_threads, torn, too_deep }: Traces| {
            !of_threads.is_empty() || torn + too_deep > 0
        };
        self.traces().is_ok_and(has_some)
    }

    /// One sweep. A walk that keeps failing is counted, not reported as an error.
    pub(super) fn sweep(&mut self, tasks: &mut Tasks) -> Sweep {
        let Ok(traces) = self.traces() else {
            return Sweep { torn: self.last_count, ..Sweep::default() };
        };
        let Traces { of_threads, torn, too_deep } = traces;
        let mut sweep = Sweep { torn, too_deep, unreadable: too_deep, ..Sweep::default() };
        self.last_count = torn + too_deep;
        for trace in of_threads {
            self.last_count += 1;
            match self.thread_of(&trace, tasks) {
                Some(thread) => sweep.samples.extend(self.sample(trace, thread, tasks)),
                None => sweep.unreadable += 1,
            }
        }
        sweep
    }

    /// One look with the names of threads and, when `locals` says so, the variables of their frames.
    /// `None` when the walk failed.
    pub(super) fn dump(&mut self, locals: bool, tasks: &mut Tasks) -> Option<Seen> {
        self.spy.python_thread_names.clear();
        self.spy.config.collect_thread_names = true;
        self.spy.config.dump_locals = u64::from(locals);
        let traces = self.traces();
        self.spy.config.collect_thread_names = false;
        self.spy.config.dump_locals = 0;
        let Traces { of_threads, torn, too_deep } = traces.ok()?;
        let mut lost = torn;
        let mut threads = Vec::new();
        for trace in of_threads {
            let Some(tid) = self.thread_of(&trace, tasks) else {
                lost += 1;
                continue;
            };
            let name = trace.thread_name.as_deref().map(Untrusted::new);
            let locals = if locals { variables(&trace) } else { Vec::new() };
            let sample = self.sample(trace, tid, tasks);
            threads.extend(sample.map(|sample| dump::Thread {
                name: name.or_else(|| tasks.name(tid)),
                interpreter: 0,
                event_loop: asyncio::runs_event_loop(&sample.frames),
                sample,
                locals,
            }));
        }
        Some(Seen { threads, lost, too_deep })
    }

    fn traces(&mut self) -> Result<Traces, WalkFailed> {
        for _ in 0..ATTEMPTS {
            let traces = match &mut self.one_by_one {
                Some(threads) => threads.traces(&mut self.spy, &self.memory),
                None => all_at_once(&mut self.spy),
            };
            if let Some(traces) = traces {
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
        let state = tasks.state(thread, trace.owns_gil, |_| false)?;
        let frames: Vec<Frame> = trace
            .frames
            .into_iter()
            .take(limits::FRAMES)
            .map(|frame| Frame {
                place: Place::line(u32::try_from(frame.line).unwrap_or(0)),
                code: self.codes.intern(frame.filename, frame.name),
            })
            .collect();
        (!frames.is_empty()).then_some(Sample::new(thread, state, frames))
    }
}

/// What a dump shows.
pub(super) struct Seen {
    pub(super) threads: Vec<dump::Thread>,
    pub(super) lost: u32,
    pub(super) too_deep: u32,
}

fn all_at_once(spy: &mut PythonSpy) -> Option<Traces> {
    let of_threads = spy.get_stack_traces().ok()?;
    Some(Traces { of_threads, ..Traces::default() })
}

/// The variables of a stack's frames, as py-spy shows them.
fn variables(trace: &StackTrace) -> Vec<Option<dump::Locals>> {
    let mut left = limits::DUMPED_LOCALS;
    let mut variables = Vec::new();
    for frame in &trace.frames {
        if left == 0 {
            break;
        }
        variables.push(frame.locals.as_ref().map(|locals| {
            let most = left.min(limits::LOCALS);
            let shown: Vec<dump::Local> = locals.iter().take(most).map(local).collect();
            left -= shown.len();
            dump::Locals { left_out: locals.len() - shown.len(), shown }
        }));
    }
    variables
}

fn local(local: &LocalVariable) -> dump::Local {
    let content = match local.repr.as_deref() {
        None => dump::Content::Unseen,
        Some(BIG_INT) => dump::Content::Shown(Untrusted::new("… (a large int)")),
        Some(BIG_NEGATIVE_INT) => dump::Content::Shown(Untrusted::new("-… (a large int)")),
        Some(shown) => dump::Content::Shown(Untrusted::new(shown)),
    };
    let value = dump::Value { type_name: None, length: None, footprint: None, content };
    dump::Local { name: Untrusted::new(local.name.as_str()), value }
}

/// What py-spy shows for an `int` that it does not read.
const BIG_INT: &str = "+bigint";
const BIG_NEGATIVE_INT: &str = "-bigint";

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
