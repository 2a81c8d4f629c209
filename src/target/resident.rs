//! The resident memory of a process, and which of its threads were given some, to be asked for often.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::limits;
use crate::sample::descriptors::Kept;

/// The resident memory of a process, to be asked for often: a microsecond each time.
#[derive(Debug)]
pub struct Resident {
    statm: Kept<File>,
    page: u64,
}

impl Resident {
    /// That of process `pid`, and of no later one with its id; `None` when there is none.
    pub fn of(pid: u32) -> Option<Self> {
        let statm = Kept::telling(File::open(format!("/proc/{pid}/statm")).ok()?)?;
        Some(Self { statm, page: rustix::param::page_size() as u64 })
    }

    /// Bytes now: the second number of `statm`, in pages; `None` when it has ended.
    pub fn bytes(&self) -> Option<u64> {
        let mut line = [0; 128];
        let length = self.statm.file().read_at(&mut line, 0).ok()?;
        let text = std::str::from_utf8(&line[..length]).ok()?;
        let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
        pages.checked_mul(self.page)
    }
}

/// How many pages each thread of a process was given as it touched them for the first time.
#[derive(Debug)]
pub struct Faults {
    pid: u32,
    threads: HashMap<u32, Counted>,
}

#[derive(Debug)]
struct Counted {
    stat: Kept<File>,
    /// When it was asked last.
    pages: u64,
}

impl Faults {
    /// Of process `pid`.
    pub fn of(pid: u32) -> Self {
        Self { pid, threads: HashMap::new() }
    }

    /// Threads that were asked before.
    pub fn known(&self) -> usize {
        self.threads.len()
    }

    /// Whether thread `tid` was.
    pub fn knows(&self, tid: u32) -> bool {
        self.threads.contains_key(&tid)
    }

    /// The pages that thread `tid` was given since it was asked last; `None` the first time, when it
    /// has ended, and when there are too many threads.
    pub fn since(&mut self, tid: u32) -> Option<u64> {
        let is_full = self.threads.len() >= limits::COUNTED_THREADS;
        match self.threads.entry(tid) {
            Entry::Occupied(mut known) => match pages(known.get().stat.file()) {
                Some(now) => {
                    Some(now - std::mem::replace(&mut known.get_mut().pages, now).min(now))
                }
                None => {
                    known.remove();
                    None
                }
            },
            Entry::Vacant(_) if is_full => None,
            Entry::Vacant(new) => {
                let stat = File::open(format!("/proc/{}/task/{tid}/stat", self.pid)).ok()?;
                let stat = Kept::sparing(stat)?;
                new.insert(Counted { pages: pages(stat.file())?, stat });
                None
            }
        }
    }

    /// Forgets the threads that are not `alive`.
    pub fn keep_only(&mut self, alive: impl Fn(u32) -> bool) {
        self.threads.retain(|&tid, _| alive(tid));
    }
}

/// The tenth field of a thread's `stat` (proc_pid_stat(5)), counted behind the name, which may hold
/// spaces.
fn pages(stat: &File) -> Option<u64> {
    let mut line = [0; 512];
    let length = stat.read_at(&mut line, 0).ok()?;
    let text = String::from_utf8_lossy(&line[..length]);
    text.rsplit_once(')')?.1.split(' ').nth(8)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_thread() -> u32 {
        rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()
    }

    #[test]
    fn our_own_memory_is_told() {
        let own = std::process::id();
        let (resident, _) = crate::target::proc::memory(own).expect("own memory");
        let often = Resident::of(own).and_then(|it| it.bytes()).expect("own memory");
        assert!(often > resident / 2 && often < 2 * resident, "{often} and {resident}");
    }

    #[test]
    fn the_thread_that_touches_memory_is_told_apart() {
        const BYTES: usize = 32 << 20;
        let mut faults = Faults::of(std::process::id());
        let own = own_thread();
        let (tell, told) = std::sync::mpsc::channel();
        let (go_on, went_on) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            tell.send(own_thread()).unwrap();
            went_on.recv().unwrap();
            let touched = std::hint::black_box(vec![1_u8; BYTES]);
            tell.send(0).unwrap();
            went_on.recv().unwrap();
            drop(touched);
        });
        let tid = told.recv().unwrap();
        assert_eq!((faults.since(own), faults.since(tid)), (None, None), "the first time");
        go_on.send(()).unwrap();
        told.recv().unwrap();
        let (of_own, of_other) = (faults.since(own).unwrap(), faults.since(tid).unwrap());
        // A page may be of 2 MiB.
        assert!(of_other >= 16 && of_other > 4 * of_own, "{of_other} and {of_own}");
        go_on.send(()).unwrap();
        other.join().unwrap();
        faults.keep_only(|thread| thread == own);
        assert!(faults.knows(own) && !faults.knows(tid));
    }

    #[test]
    fn of_very_many_threads_the_first_are_asked() {
        let mut faults = Faults::of(std::process::id());
        let own = own_thread();
        faults.since(own);
        let stat = || File::open("/proc/self/stat").unwrap();
        for tid in 0..limits::COUNTED_THREADS as u32 {
            faults.threads.entry(u32::MAX - tid).or_insert_with(|| Counted {
                stat: Kept::sparing(stat()).expect("room"),
                pages: 0,
            });
        }
        assert_eq!((faults.since(u32::MAX / 2), faults.knows(u32::MAX / 2)), (None, false));
        assert!(faults.since(own).is_some());
    }
}
