//! What Python calls its threads.
//!
//! The kernel knows every thread of a Python before 3.14 by the interpreter's name, so that
//! `ThreadPoolExecutor-0_1` can only be had from `threading._active`, which py-spy reads (3.6 and
//! later). That takes some milliseconds at first, so it is done aside, and only for programs that
//! have threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use py_spy::{Config, PythonSpy};

use super::attach::Options;
use super::live::LiveMemory;
use super::memory::Memory;
use super::operands::Objects;
use super::pthread::ThreadIds;
use super::pyspy::PySpyWalker;
use super::sampler::Sampler;
use super::tasks::Tasks;
use super::walker::Seen;
use crate::text::Untrusted;

/// Names by thread id, looked up aside when an unknown thread is asked for.
#[derive(Debug)]
pub(super) struct ThreadNames {
    pid: u32,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    by_tid: HashMap<u32, Untrusted>,
    next_lookup: Instant,
    pause: Duration,
}

/// Least time between two lookups; it doubles with each that brings nothing new.
const PAUSE: Duration = Duration::from_millis(500);

impl ThreadNames {
    pub(super) fn new(pid: u32) -> Self {
        let shared = Shared { by_tid: HashMap::new(), next_lookup: Instant::now(), pause: PAUSE };
        Self { pid, shared: Arc::new(Mutex::new(shared)) }
    }

    /// The name, if it is known by now; otherwise it may be a little later. A program's main
    /// thread alone is not worth a lookup.
    pub(super) fn get(&self, tid: u32) -> Option<Untrusted> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let name = shared.by_tid.get(&tid).cloned();
        let now = Instant::now();
        if name.is_none() && tid != self.pid && now >= shared.next_lookup {
            shared.pause *= 2;
            shared.next_lookup = now + shared.pause;
            let (pid, shared) = (self.pid, Arc::clone(&self.shared));
            std::thread::spawn(move || shared_lookup(pid, tid, &shared));
        }
        name
    }
}

/// The name of a thread that was started by `threading`: its outermost frame is a method of its
/// `Thread`, which knows it.
pub(super) fn by_stack<M: Memory>(objects: &mut Objects<'_, M>, seen: &Seen) -> Option<Untrusted> {
    let (frame, raw) = (seen.sample.frames.last()?, seen.raw.last()?);
    let code = &frame.code;
    if code.name.data() != "Thread._bootstrap" || !code.file.data().ends_with("threading.py") {
        return None;
    }
    let thread = objects.first_local(raw.address)?;
    let name = objects.attribute(&thread, "_name")?;
    objects.text(&name)
}

fn shared_lookup(pid: u32, wanted: u32, shared: &Mutex<Shared>) {
    let mut found = lookup(pid).unwrap_or_default();
    // py-spy asks one interpreter, which may be another than that of the threads.
    if !found.contains_key(&wanted) {
        let sampler = Sampler::attach(pid, Options::default());
        let by_stack = sampler.ok().and_then(|mut sampler| sampler.names_by_stack());
        for (tid, name) in by_stack.unwrap_or_default() {
            found.entry(tid).or_insert(name);
        }
    }
    if found.is_empty() {
        return;
    }
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if found.keys().any(|tid| !shared.by_tid.contains_key(tid)) {
        shared.pause = PAUSE;
        shared.next_lookup = Instant::now() + PAUSE;
    }
    shared.by_tid = found;
}

fn lookup(pid: u32) -> Option<HashMap<u32, Untrusted>> {
    let config = Config { collect_thread_names: true, ..PySpyWalker::config() };
    let mut spy = PythonSpy::new(pid.cast_signed(), &config).ok()?;
    let traces = spy.get_stack_traces().ok()?;
    let (memory, tasks) = (LiveMemory::new(pid), Tasks::new(pid));
    let mut ids = ThreadIds::default();
    let named = traces.into_iter().filter_map(|trace| {
        let own_id = trace.os_thread_id.and_then(|id| u32::try_from(id).ok());
        let tid = own_id
            .and_then(|id| tasks.outer_id(id))
            .or_else(|| ids.thread_of(trace.thread_id, &memory, &tasks))?;
        Some((tid, Untrusted::new(trace.thread_name?)))
    });
    Some(named.collect())
}
