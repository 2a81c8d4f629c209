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
use std::time::{Duration, Instant};

use super::super::tasks::{Account, Tasks};

/// A thread that has slept for so long goes on to, but for the rare moment in which it is woken:
/// whether it did can be asked when the process runs again.
const SETTLED: Duration = Duration::from_millis(50);

/// The threads of one process that are not held, with their accounts from when they slept.
#[derive(Debug, Default)]
pub(super) struct Sleepers {
    asleep: HashMap<u32, Asleep>,
}

#[derive(Debug, Clone, Copy)]
struct Asleep {
    account: Account,
    /// When it was first seen to sleep so.
    since: Instant,
}

impl Sleepers {
    /// Takes note of thread `tid` if it sleeps; otherwise gives the state letter of one that has to
    /// be stopped to be looked at. `None` for one that sleeps or has ended.
    pub(super) fn awake(&mut self, tid: u32, tasks: &mut Tasks) -> Option<u8> {
        // In this order: an account that is read after the letter may already have the turn in
        // which the thread runs now.
        let account = tasks.account(tid);
        if account.is_some() && self.known(tid) == account.as_ref() {
            return None;
        }
        self.asleep.remove(&tid);
        let letter = tasks.letter(tid)?;
        match (letter, account) {
            (b'Z' | b'X' | b'x', _) => None,
            (b'R', _) | (_, None) => Some(letter),
            (_, Some(account)) => {
                self.asleep.insert(tid, Asleep { account, since: Instant::now() });
                None
            }
        }
    }

    /// Whether thread `tid` has slept since it was taken note of.
    pub(super) fn slept_on(&self, tid: u32, tasks: &mut Tasks) -> bool {
        let account = tasks.account(tid);
        account.is_some() && self.known(tid) == account.as_ref()
    }

    fn known(&self, tid: u32) -> Option<&Account> {
        self.asleep.get(&tid).map(|asleep| &asleep.account)
    }

    /// Whether thread `tid` was seen to sleep for long.
    pub(super) fn is_settled(&self, tid: u32) -> bool {
        self.asleep.get(&tid).is_some_and(|asleep| asleep.since.elapsed() >= SETTLED)
    }

    /// Those that were not.
    pub(super) fn unsettled(&self) -> Vec<u32> {
        let now = Instant::now();
        let unsettled = self.asleep.iter().filter(|(_, it)| now - it.since < SETTLED);
        unsettled.map(|(&tid, _)| tid).collect()
    }

    /// All of them, with their accounts.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (u32, Account)> {
        self.asleep.iter().map(|(&tid, asleep)| (tid, asleep.account))
    }

    /// Forgets the threads that are not among those that there are.
    pub(super) fn keep_only(&mut self, alive: &HashSet<u32>) {
        self.asleep.retain(|tid, _| alive.contains(tid));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};
    use std::thread::JoinHandle;

    use super::*;

    /// A thread that sleeps until it is woken, and again; its end is that of who wakes it.
    fn sleeper() -> (u32, Sender<()>, JoinHandle<()>) {
        let (wake, woken) = channel::<()>();
        let (tell, told) = channel();
        let sleeper = std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).unwrap();
            while woken.recv().is_ok() {}
        });
        (told.recv().unwrap(), wake, sleeper)
    }

    #[test]
    fn a_thread_that_has_run_in_between_has_not_slept_on() {
        let (tid, wake, sleeper) = sleeper();
        let pause = || std::thread::sleep(Duration::from_millis(50));
        let mut tasks = Tasks::new(std::process::id());
        let mut sleepers = Sleepers::default();
        pause();
        assert_eq!(sleepers.awake(tid, &mut tasks), None);
        pause();
        assert!(sleepers.slept_on(tid, &mut tasks));
        wake.send(()).unwrap();
        pause();
        assert!(!sleepers.slept_on(tid, &mut tasks));
        assert_eq!(sleepers.awake(tid, &mut tasks), None, "it sleeps again");
        assert!(sleepers.slept_on(tid, &mut tasks));
        drop(wake);
        sleeper.join().unwrap();
        assert!(!sleepers.slept_on(tid, &mut tasks));
        assert_eq!(sleepers.awake(tid, &mut tasks), None, "there is nobody to stop");
    }

    #[test]
    fn a_thread_settles_when_it_sleeps_for_long() {
        let (tid, wake, sleeper) = sleeper();
        let (mut sleepers, mut tasks) = (Sleepers::default(), Tasks::new(std::process::id()));
        let asleep = |tasks: &mut Tasks| while tasks.letter(tid) != Some(b'S') {};
        asleep(&mut tasks);
        assert_eq!(sleepers.awake(tid, &mut tasks), None);
        assert_eq!((sleepers.is_settled(tid), &sleepers.unsettled()[..]), (false, &[tid][..]));
        std::thread::sleep(SETTLED);
        assert_eq!((sleepers.is_settled(tid), sleepers.unsettled().len()), (true, 0));
        let before = tasks.account(tid);
        wake.send(()).unwrap();
        while tasks.account(tid) == before {}
        asleep(&mut tasks);
        assert_eq!(sleepers.awake(tid, &mut tasks), None);
        assert!(!sleepers.is_settled(tid), "it had a turn");
        drop(wake);
        sleeper.join().unwrap();
    }

    #[test]
    fn a_thread_that_runs_is_awake() {
        let own = rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned();
        let (mut sleepers, mut tasks) = (Sleepers::default(), Tasks::new(std::process::id()));
        assert_eq!(sleepers.awake(own, &mut tasks), Some(b'R'));
        assert!(!sleepers.slept_on(own, &mut tasks));
    }
}
