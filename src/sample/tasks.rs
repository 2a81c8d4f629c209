//! What the kernel says of a process's threads: `/proc/PID/task`.

mod lines;
mod living;

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::State;
use super::descriptors::{Kept, is_of_too_many};
use super::maps::{self, Mapping};
use crate::limits;
use crate::text::Untrusted;
use lines::Activity;

pub(super) use lines::state_letter;
pub(super) use living::{living, reading_id};

/// The threads of one process, with descriptors kept for those that are asked about each sweep.
#[derive(Debug)]
pub(super) struct Tasks {
    pid: u32,
    kept: FxHashMap<(u32, &'static str), Kept<File>>,
    foreign_namespace: bool,
    /// Threads that we have stopped, with their state letters from before.
    held: Vec<(u32, u8)>,
    is_held: bool,
    /// Accounts of threads that were asleep right before that.
    noted: FxHashMap<u32, Account>,
    /// Whether the kernel has `syscall`.
    has_syscall: bool,
    /// Whether a file could not be opened since too many are.
    lacks_files: bool,
    /// Threads whose state is not known for that, in this look.
    unasked: u32,
}

/// What `schedstat` says: three numbers of at most 20 digits.
pub(super) type Account = [u8; 64];

/// Bytes that are read of a file, which has a line of some 200.
const LINE: usize = 512;

const SYSCALL: &str = "syscall";
const STAT: &str = "stat";

impl Tasks {
    pub(super) fn new(pid: u32) -> Self {
        Self {
            pid,
            kept: FxHashMap::default(),
            foreign_namespace: in_foreign_pid_namespace(pid),
            held: Vec::new(),
            is_held: false,
            noted: FxHashMap::default(),
            has_syscall: true,
            lacks_files: false,
            unasked: 0,
        }
    }

    /// What thread `tid` is doing, given whether it holds the interpreter's lock, and which futexes
    /// belong to that; `None` when there is no such thread any more.
    pub(super) fn state(
        &mut self,
        tid: u32,
        holds_gil: bool,
        is_lock: impl Fn(u64) -> bool,
    ) -> Option<State> {
        let told = self.activity(tid);
        self.unasked += u32::from(told.is_none() && std::mem::take(&mut self.lacks_files));
        let activity = told.filter(|&it| it != Activity::Ended)?;
        let is_halted = activity != Activity::Running && holds_gil && self.is_halted(tid);
        Some(State {
            on_cpu: activity == Activity::Running,
            // A thread that holds the lock while it waits in the kernel keeps the others from
            // working, so it counts as busy; one that a signal or a debugger has stopped, or that
            // has ended, does no work, whatever it has left locked.
            holds_gil: holds_gil && !is_halted,
            waits_for_gil: match activity {
                Activity::Waiting { futex: Some(futex) } => !holds_gil && is_lock(futex),
                _ => false,
            },
            ..State::IDLE
        })
    }

    /// Whether thread `tid` runs, at this instant; of one that is held, whether it ran before.
    ///
    /// `schedstat` is cheaper to read but tells only what happened since it was read before, and
    /// not until the next timer interrupt: a thread that has just fallen asleep would pass for
    /// busy. `syscall` costs little more, half of what `stat` does, and says what is waited for.
    fn activity(&mut self, tid: u32) -> Option<Activity> {
        if let Some(letter) = self.letter_when_held(tid) {
            return Some(Activity::of_letter(letter));
        }
        if self.has_syscall {
            let mut line = [0; LINE];
            if let Some(length) = self.read(tid, SYSCALL, &mut line) {
                return Some(lines::activity(&line[..length]));
            }
            // Kernels without CONFIG_HAVE_ARCH_TRACEHOOK, and some containers, lack the file.
            self.has_syscall = !self.exists(tid) || self.lacks_files;
        }
        self.letter(tid).map(Activity::of_letter)
    }

    /// The state letter of thread `tid`, as it is now; `None` when there is no such thread.
    pub(super) fn letter(&mut self, tid: u32) -> Option<u8> {
        let mut line = [0; LINE];
        let length = self.read(tid, STAT, &mut line)?;
        state_letter(&line[..length])
    }

    /// Whether a signal or a debugger has stopped thread `tid`, or it has ended.
    fn is_halted(&mut self, tid: u32) -> bool {
        let letter = self.letter_when_held(tid).or_else(|| self.letter(tid));
        letter.is_none_or(|letter| matches!(letter, b'T' | b't' | b'Z' | b'X' | b'x'))
    }

    fn letter_when_held(&self, tid: u32) -> Option<u8> {
        self.held.iter().find(|&&(held, _)| held == tid).map(|&(_, letter)| letter)
    }

    /// The processor that thread `tid` runs on, waits for or ran on last.
    pub(super) fn processor(&mut self, tid: u32) -> Option<usize> {
        let mut line = [0; LINE];
        let length = self.read(tid, STAT, &mut line)?;
        lines::processor(&line[..length])
    }

    /// The turns on a processor that thread `tid` has had, as the kernel writes them; `None` when
    /// there is no such thread, or the kernel keeps no account.
    pub(super) fn account(&mut self, tid: u32) -> Option<Account> {
        let mut account = [0; 64];
        self.read(tid, "schedstat", &mut account)?;
        // A kernel that keeps none says so (proc_pid_schedstat, fs/proc/base.c).
        (!account.starts_with(b"0 0 0\n")).then_some(account)
    }

    /// The account of thread `tid` as it was before anything was read of it in this sweep: while the
    /// process is held, from before it was.
    pub(super) fn account_before(&mut self, tid: u32) -> Option<Account> {
        match self.is_held {
            true => self.noted.get(&tid).copied(),
            false => self.account(tid),
        }
    }

    /// How long thread `tid` has been on a processor, up to its last turn's end or tick.
    pub(super) fn processor_time(&mut self, tid: u32) -> Option<Duration> {
        lines::processor_time(&self.account(tid)?)
    }

    /// Says which threads we have stopped, with the state letters from right before: the kernel now calls
    /// all of them traced. That asks for no system call, and is true where the registers would not tell:
    /// they are the same for a thread in a system call that waits and in one that computes. And which
    /// sleep, with their accounts from before that.
    pub(super) fn hold(
        &mut self,
        held: impl Iterator<Item = (u32, u8)>,
        asleep: impl Iterator<Item = (u32, Account)>,
    ) {
        self.held.extend(held);
        self.noted.extend(asleep);
        self.is_held = true;
    }

    /// Says that all goes on.
    pub(super) fn release(&mut self) {
        self.held.clear();
        self.noted.clear();
        self.is_held = false;
    }

    /// Whether nothing of the process runs, so that only the kernel and we know what did.
    pub(super) fn is_held(&self) -> bool {
        self.is_held
    }

    /// The thread that traces thread `tid`, by ptrace.
    pub(super) fn tracer_of(&self, tid: u32) -> Option<u32> {
        let status = self.status(tid)?;
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?;
        tracer.trim().parse().ok().filter(|&tracer| tracer != 0)
    }

    fn read(&mut self, tid: u32, name: &'static str, line: &mut [u8]) -> Option<usize> {
        if let Some(file) = self.kept.get(&(tid, name)) {
            if let Ok(length @ 1..) = file.file().read_at(line, 0) {
                return Some(length);
            }
            self.kept.remove(&(tid, name));
        }
        let path = format!("/proc/{}/task/{tid}/{name}", self.pid);
        let file = match File::open(&path) {
            Err(error) if is_of_too_many(&error) && !self.kept.is_empty() => {
                self.kept.clear();
                File::open(path)
            }
            opened => opened,
        };
        let file = file.inspect_err(|error| self.lacks_files |= is_of_too_many(error)).ok()?;
        let length = file.read_at(line, 0).ok().filter(|&length| length > 0)?;
        if let Some(file) = Kept::sparing(file) {
            self.kept.insert((tid, name), file);
        }
        Some(length)
    }

    /// Threads whose state is not known since too many files are open, since this was asked last.
    pub(super) fn take_unasked(&mut self) -> u32 {
        std::mem::take(&mut self.unasked)
    }

    /// Lets go of the descriptors of threads that are not among `alive`.
    pub(super) fn keep_only(&mut self, alive: impl Fn(u32) -> bool) {
        self.kept.retain(|&(tid, _), _| alive(tid));
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

    /// Our id of the process's thread, if it has only one. The list of threads does not tell: it
    /// ends early where one ends that was just listed.
    pub(super) fn only_id(&self) -> Option<u32> {
        let status = self.status(self.pid)?;
        let count = status.lines().find_map(|line| line.strip_prefix("Threads:"))?;
        (count.trim() == "1").then_some(self.pid)
    }

    fn exists(&self, tid: u32) -> bool {
        fs::exists(format!("/proc/{}/task/{tid}", self.pid)).unwrap_or(false)
    }

    /// Ids of the process's threads, as we see them.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + use<> {
        Self::ids_of(self.pid)
    }

    fn ids_of(pid: u32) -> impl Iterator<Item = u32> {
        fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .take(limits::THREADS)
    }

    /// How many threads there are: the list of them is a directory of directories, which counts its
    /// links (`proc_task_getattr`, fs/proc/base.c). That is a thousandth of the work of going through
    /// the list of a thousand.
    pub(super) fn count(&self) -> Option<u64> {
        let stat = rustix::fs::stat(format!("/proc/{}/task", self.pid)).ok()?;
        Some(stat.st_nlink)
    }

    /// What the process has mapped, in rising order.
    pub(super) fn mappings(&self) -> Option<Vec<Mapping>> {
        maps::of(self.pid)
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

fn in_foreign_pid_namespace(pid: u32) -> bool {
    match (fs::read_link("/proc/self/ns/pid"), fs::read_link(format!("/proc/{pid}/ns/pid"))) {
        (Ok(ours), Ok(theirs)) => ours != theirs,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_halted_thread_is_not_busy_even_with_the_lock() {
        let mut child = Command::new("sleep").arg("100").spawn().expect("sleep");
        let mut tasks = Tasks::new(child.id());
        let mut until = |holds_gil: bool, expected: Option<State>| {
            let start = Instant::now();
            while tasks.state(child.id(), holds_gil, |_| true) != expected {
                assert!(start.elapsed() < Duration::from_secs(60), "{expected:?}");
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        until(true, Some(State { holds_gil: true, ..State::IDLE }));
        until(false, Some(State::IDLE));
        let count = Tasks::new(child.id()).count();
        assert_eq!(count, Some(3), "the folder, its own link and one thread");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).expect("a signal");
        until(true, Some(State::IDLE));
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("a signal");
        until(true, None);
        child.wait().expect("it ends");
        assert_eq!(tasks.state(child.id(), true, |_| true), None);
    }

    #[test]
    fn only_time_on_a_processor_is_counted() {
        let mut tasks = Tasks::new(std::process::id());
        let tid = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        let own = |clock| Duration::try_from(rustix::time::clock_gettime(clock)).expect("a time");
        let computed = || own(rustix::time::ClockId::ThreadCPUTime);
        std::thread::sleep(Duration::from_millis(300));
        while computed() < Duration::from_millis(100) {}
        let told = tasks.processor_time(tid).expect("an account");
        let exact = computed();
        let tick = Duration::from_millis(10);
        assert!(told <= exact && exact <= told + 3 * tick, "{told:?} of {exact:?}");
    }

    #[test]
    fn our_own_thread_is_known() {
        let pid = std::process::id();
        let mut tasks = Tasks::new(pid);
        let tid = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        assert_eq!(tasks.outer_id(tid), Some(tid));
        assert!(tasks.activity(tid).is_some());
        assert!(tasks.activity(tid).is_some(), "from the kept descriptor");
        assert!(tasks.ids().any(|id| id == tid));
        assert!(tasks.name(tid).is_some());
        let allowed = rustix::thread::sched_getaffinity(None).unwrap();
        assert!(tasks.processor(tid).is_some_and(|processor| allowed.is_set(processor)));
    }
}
