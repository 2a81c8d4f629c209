//! Which threads of a process sleep, and whether they slept on.
//!
//! A thread that sleeps in the kernel runs no Python, so there is no need to stop it, and good
//! reason not to: it would be woken, and some waits (`epoll_wait`, `semtimedop`, ... see signal(7))
//! then end early. It is enough to know that it has slept from before the look until after it.
//!
//! The kernel accounts for every turn of a thread on a processor in `schedstat`: time run, time
//! waited, number of turns. A thread that was asleep and whose account is the same has not run
//! since. (The account of one that is running is brought up to date at timer interrupts only, which
//! is why the state letter has to say first that it sleeps.)

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::super::tasks::Tasks;

/// What `schedstat` said: three numbers of at most 20 digits.
type Account = [u8; 64];

/// Descriptors kept for one process, as in [`Tasks`].
const KEPT: usize = 16;

/// The threads of one process that are not held.
#[derive(Debug)]
pub(super) struct Sleepers {
    pid: u32,
    kept: HashMap<u32, File>,
    asleep: HashMap<u32, Account>,
}

impl Sleepers {
    pub(super) fn new(pid: u32) -> Self {
        Self { pid, kept: HashMap::new(), asleep: HashMap::new() }
    }

    /// Takes note of thread `tid` if it sleeps; otherwise gives the state letter of one that has to
    /// be stopped to be looked at. `None` for one that sleeps or has ended.
    pub(super) fn awake(&mut self, tid: u32, tasks: &mut Tasks) -> Option<u8> {
        // In this order: an account that is read after the letter may already have the turn in
        // which the thread runs now.
        let account = self.account(tid);
        if account.is_some() && self.asleep.get(&tid) == account.as_ref() {
            return None;
        }
        self.asleep.remove(&tid);
        let letter = tasks.letter(tid)?;
        match (letter, account) {
            (b'Z' | b'X' | b'x', _) => None,
            (b'R', _) | (_, None) => Some(letter),
            (_, Some(account)) => {
                self.asleep.insert(tid, account);
                None
            }
        }
    }

    /// Whether thread `tid` has slept since it was taken note of.
    pub(super) fn slept_on(&mut self, tid: u32) -> bool {
        let account = self.account(tid);
        account.is_some() && self.asleep.get(&tid) == account.as_ref()
    }

    /// Forgets the threads that are not among those that there are.
    pub(super) fn keep_only(&mut self, ids: &[u32]) {
        if self.asleep.len() < ids.len() && self.kept.len() <= ids.len() {
            return;
        }
        let alive: HashSet<u32> = ids.iter().copied().collect();
        self.kept.retain(|tid, _| alive.contains(tid));
        self.asleep.retain(|tid, _| alive.contains(tid));
    }

    /// `None` when the thread has ended, or the kernel keeps no accounts.
    fn account(&mut self, tid: u32) -> Option<Account> {
        if let Some(account) = self.kept.get(&tid).and_then(read) {
            return Some(account);
        }
        self.kept.remove(&tid);
        let file = File::open(format!("/proc/{}/task/{tid}/schedstat", self.pid)).ok()?;
        let account = read(&file);
        if self.kept.len() < KEPT {
            self.kept.insert(tid, file);
        }
        account
    }
}

fn read(file: &File) -> Option<Account> {
    let mut account = [0; 64];
    file.read_at(&mut account, 0).ok().filter(|&length| length > 0).map(|_| account)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_thread_that_has_run_in_between_has_not_slept_on() {
        let (wake, woken) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let sleeper = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).unwrap();
            while woken.recv().is_ok() {}
        });
        let tid = told.recv().unwrap();
        let pause = || std::thread::sleep(Duration::from_millis(50));
        let mut tasks = Tasks::new(std::process::id());
        let mut sleepers = Sleepers::new(std::process::id());
        pause();
        assert_eq!(sleepers.awake(tid, &mut tasks), None);
        pause();
        assert!(sleepers.slept_on(tid));
        wake.send(()).unwrap();
        pause();
        assert!(!sleepers.slept_on(tid));
        assert_eq!(sleepers.awake(tid, &mut tasks), None, "it sleeps again");
        assert!(sleepers.slept_on(tid));
        drop(wake);
        sleeper.join().unwrap();
        assert!(!sleepers.slept_on(tid));
        assert_eq!(sleepers.awake(tid, &mut tasks), None, "there is nobody to stop");
    }

    #[test]
    fn a_thread_that_runs_is_awake() {
        let own = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        let mut sleepers = Sleepers::new(std::process::id());
        assert_eq!(sleepers.awake(own, &mut Tasks::new(std::process::id())), Some(b'R'));
        assert!(!sleepers.slept_on(own));
    }
}
