//! What the kernel says of a process's threads: `/proc/PID/task`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use super::State;
use crate::limits;
use crate::text::Untrusted;

/// The threads of one process, with descriptors kept for those that are asked about each sweep.
#[derive(Debug)]
pub(super) struct Tasks {
    pid: u32,
    kept: HashMap<u32, File>,
    foreign_namespace: bool,
    held: Vec<(u32, u8)>,
}

/// Descriptors kept for one process: opening costs several times what reading does, yet a tree of
/// many processes with many threads must stay under the usual limit of 1,024 open files.
const KEPT: usize = 16;

impl Tasks {
    pub(super) fn new(pid: u32) -> Self {
        Self {
            pid,
            kept: HashMap::new(),
            foreign_namespace: in_foreign_pid_namespace(pid),
            held: Vec::new(),
        }
    }

    /// What thread `tid` is doing, given whether it holds the interpreter's lock; `None` when there
    /// is no such thread.
    ///
    /// The state letter of `stat` is the thread's state at this instant. `schedstat` is cheaper to
    /// read but tells only what happened since it was read before, and not until the next timer
    /// interrupt: a thread that has just fallen asleep would pass for busy.
    pub(super) fn state(&mut self, tid: u32, holds_gil: bool) -> Option<State> {
        let held = self.held.iter().find(|&&(held, _)| held == tid);
        let letter = held.map(|&(_, letter)| letter).or_else(|| self.letter(tid))?;
        Some(state(letter, holds_gil))
    }

    /// The state letter of thread `tid`, as it is now; `None` when there is no such thread.
    pub(super) fn letter(&mut self, tid: u32) -> Option<u8> {
        let mut line = [0; 512];
        let length = self.read_stat(tid, &mut line)?;
        state_letter(&line[..length])
    }

    /// Says which threads we have stopped, with the state letters from right before: the kernel
    /// now calls all of them traced. That asks for no system call, and is true where the registers
    /// would not tell: they are the same for a thread in a system call that waits and in one that
    /// computes.
    pub(super) fn hold(&mut self, held: impl Iterator<Item = (u32, u8)>) {
        self.held.clear();
        self.held.extend(held);
    }

    /// The thread that traces thread `tid`, by ptrace.
    pub(super) fn tracer_of(&self, tid: u32) -> Option<u32> {
        let status = self.status(tid)?;
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
        tracer.trim().parse().ok().filter(|&tracer| tracer != 0)
    }

    fn read_stat(&mut self, tid: u32, line: &mut [u8]) -> Option<usize> {
        if let Some(file) = self.kept.get(&tid) {
            if let Ok(length) = file.read_at(line, 0) {
                return Some(length);
            }
            self.kept.remove(&tid);
        }
        let file = File::open(format!("/proc/{}/task/{tid}/stat", self.pid)).ok()?;
        let length = file.read_at(line, 0).ok()?;
        if self.kept.len() < KEPT {
            self.kept.insert(tid, file);
        }
        Some(length)
    }

    /// Lets go of the descriptors of threads that are not among `alive`.
    pub(super) fn keep_only(&mut self, alive: impl Fn(u32) -> bool) {
        self.kept.retain(|&tid, _| alive(tid));
    }

    /// Our id of the thread that calls itself `own_id`: the same, unless the process lives in a
    /// PID namespace of its own, as containers do.
    pub(super) fn outer_id(&self, own_id: u32) -> Option<u32> {
        if !self.foreign_namespace {
            return self.exists(own_id).then_some(own_id);
        }
        self.ids().find(|&tid| self.innermost_id(tid) == Some(own_id))
    }

    fn innermost_id(&self, tid: u32) -> Option<u32> {
        let status = self.status(tid)?;
        let ids = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
        ids.split_whitespace().next_back()?.parse().ok()
    }

    fn status(&self, tid: u32) -> Option<String> {
        fs::read_to_string(format!("/proc/{}/task/{tid}/status", self.pid)).ok()
    }

    /// Our id of the process's thread, if it has only one.
    pub(super) fn only_id(&self) -> Option<u32> {
        let mut ids = self.ids();
        ids.next().filter(|_| ids.next().is_none())
    }

    fn exists(&self, tid: u32) -> bool {
        fs::exists(format!("/proc/{}/task/{tid}", self.pid)).unwrap_or(false)
    }

    /// Ids of the process's threads, as we see them.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + use<> {
        fs::read_dir(format!("/proc/{}/task", self.pid))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .take(limits::THREADS)
    }

    /// The kernel's name of a thread, which `prctl` or `pthread_setname_np` may have set.
    pub(super) fn name(&self, tid: u32) -> Option<Untrusted> {
        let mut name = fs::read(format!("/proc/{}/task/{tid}/comm", self.pid)).ok()?;
        if name.last() == Some(&b'\n') {
            name.pop();
        }
        Some(Untrusted::from_bytes(&name))
    }
}

/// The third field of `/proc/PID/stat` (proc_pid_stat(5)); the second is the program's name in
/// parentheses, which may itself hold parentheses and spaces.
pub(super) fn state_letter(stat: &[u8]) -> Option<u8> {
    let name_end = stat.iter().rposition(|&byte| byte == b')')?;
    stat.get(name_end + 2).copied()
}

/// A thread that holds the lock while it waits in the kernel keeps the others from working, so it
/// counts as busy; one that a signal or a debugger has stopped, or that has ended, does no work,
/// whatever it has left locked.
fn state(letter: u8, holds_gil: bool) -> State {
    let is_halted = matches!(letter, b'T' | b't' | b'Z' | b'X' | b'x');
    State { on_cpu: letter == b'R', holds_gil: holds_gil && !is_halted }
}

fn in_foreign_pid_namespace(pid: u32) -> bool {
    match (fs::read_link("/proc/self/ns/pid"), fs::read_link(format!("/proc/{pid}/ns/pid"))) {
        (Ok(ours), Ok(theirs)) => ours != theirs,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_hide_the_state() {
        assert_eq!(state_letter(b"12 (a) R (b) S 1 12"), Some(b'S'));
        assert_eq!(state_letter(b"12 (python) R 1 12"), Some(b'R'));
        assert_eq!(state_letter(b"garbage"), None);
        assert_eq!(state_letter(b"12 (python)"), None);
    }

    #[test]
    fn a_halted_thread_is_not_busy_even_with_the_lock() {
        for letter in *b"TtZXx" {
            assert_eq!(state(letter, true), State::default(), "{}", char::from(letter));
        }
        for letter in *b"RSD" {
            assert!(state(letter, true).is_busy(), "{}", char::from(letter));
        }
        assert!(state(b'R', false).is_busy());
        assert!(!state(b'S', false).is_busy());
    }

    #[test]
    fn our_own_thread_is_running() {
        let pid = std::process::id();
        let mut tasks = Tasks::new(pid);
        let tid = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        assert_eq!(tasks.outer_id(tid), Some(tid));
        let running = Some(State { on_cpu: true, holds_gil: false });
        assert_eq!(tasks.state(tid, false), running);
        assert_eq!(tasks.state(tid, false), running, "from the kept descriptor");
        assert!(tasks.ids().any(|id| id == tid));
        assert!(tasks.name(tid).is_some());
    }
}
