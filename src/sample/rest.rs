//! Threads that have slept for long: as long as they sleep on, what was read of them holds.
//!
//! A program with hundreds of threads has most of them asleep. Their stacks are not read anew in
//! every sweep; instead the kernel's account of the turns that each had on a processor is asked
//! for, which costs a quarter. A thread that was asleep after its stack was read, and whose account
//! is the one from before that, had no turn since, and has the same stack (see `exact::sleepers`,
//! which asks the same question).
//!
//! One thing differs: a thread that has been woken and has no processor yet is ready to run and
//! counts as busy, but its account does not tell so until its turn begins. So only threads are
//! taken for resting that had no turn for [`SETTLED`], and what they miss is the wait for a
//! processor once in that time.

use std::time::{Duration, Instant};

use super::State;
use super::tasks::{Account, Tasks};

/// A thread has to have slept so long.
const SETTLED: Duration = Duration::from_millis(50);

/// After so long it is read again: threads that have ended since are then found missing in the
/// list that it is in.
const BELIEVED: Duration = Duration::from_millis(100);

/// The same where the process is held meanwhile, and each thread that is read keeps it waiting.
const BELIEVED_IF_HELD: Duration = Duration::from_secs(1);

/// And so much later at most, or half of that, so that threads that fell asleep together are not read
/// together.
const SPREAD: Duration = Duration::from_millis(64);

/// What is known of a thread's sleep.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// Since when it has had no turn, and its account then.
    asleep: Option<(Instant, Option<Account>)>,
    /// Its account from before the stack was read in this sweep.
    account: Option<Account>,
    known: Option<Known>,
    /// Whether it sleeps on in this sweep.
    sleeps_on: bool,
}

/// What holds for as long as it sleeps on.
#[derive(Debug, Clone, Copy)]
struct Known {
    account: Account,
    state: State,
    truncated: bool,
    until: Instant,
}

impl Rest {
    /// Whether thread `tid` sleeps on, so that nothing has to be read of it in this sweep.
    pub(super) fn begin_sweep(
        &mut self,
        tid: Option<u32>,
        tasks: Option<&mut Tasks>,
        now: Instant,
    ) -> bool {
        (self.account, self.sleeps_on) = (None, false);
        let (Some((since, first)), Some(tid), Some(tasks)) = (self.asleep, tid, tasks) else {
            return false;
        };
        if now.duration_since(since) < SETTLED {
            return false;
        }
        let account = tasks.account_before(tid);
        let before = self.known.map_or(first, |known| Some(known.account));
        if account.is_none() || account != before {
            *self = Self::default();
            return false;
        }
        self.account = account;
        self.sleeps_on = self.known.is_some_and(|known| now < known.until);
        self.sleeps_on
    }

    /// Its state, and whether its stack was truncated, if it sleeps on in this sweep.
    pub(super) fn known(&self) -> Option<(State, bool)> {
        self.known.filter(|_| self.sleeps_on).map(|known| (known.state, known.truncated))
    }

    /// Takes note of what was read of thread `tid` in this sweep. `may_rest` says whether its stack
    /// is all that there is to see of it.
    pub(super) fn saw(
        &mut self,
        (tid, state, truncated): (u32, State, bool),
        tasks: &mut Tasks,
        now: Instant,
        may_rest: impl FnOnce() -> bool,
    ) {
        if (State { handles_exception: false, ..state }) != State::IDLE {
            *self = Self::default();
            return;
        }
        let asleep = self.asleep;
        self.asleep = asleep.or_else(|| Some((now, tasks.account_before(tid))));
        self.known = self.account.take().filter(|_| may_rest()).map(|account| {
            let believed = if tasks.is_held() { BELIEVED_IF_HELD } else { BELIEVED };
            let spread = SPREAD.max(believed / 2) * (tid % 64) / 64;
            let until = now + believed + spread;
            Known { account, state, truncated, until }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread of ours that sleeps until it is told to look around.
    fn sleeper() -> (u32, std::sync::mpsc::Sender<()>) {
        let (wake, woken) = std::sync::mpsc::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            tell.send(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned()).unwrap();
            while woken.recv().is_ok() {}
        });
        (told.recv().unwrap(), wake)
    }

    /// What sweeps at these milliseconds find out, `look` being what they see where they look.
    fn sweeps(
        rest: &mut Rest,
        tid: u32,
        start: Instant,
        at: &[u64],
        look: (State, bool),
    ) -> Vec<bool> {
        let mut tasks = Tasks::new(std::process::id());
        let sweep = |&at: &u64| {
            let now = start + Duration::from_millis(at);
            let sleeps_on = rest.begin_sweep(Some(tid), Some(&mut tasks), now);
            if !sleeps_on {
                rest.saw((tid, look.0, false), &mut tasks, now, || look.1);
            }
            sleeps_on
        };
        at.iter().map(sweep).collect()
    }

    fn asleep(tid: u32) {
        let mut tasks = Tasks::new(std::process::id());
        while tasks.letter(tid) != Some(b'S') {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_sleeps_on_is_read_now_and_then() {
        let (tid, _wake) = sleeper();
        asleep(tid);
        let (mut rest, start) = (Rest::default(), Instant::now());
        let found =
            sweeps(&mut rest, tid, start, &[0, 49, 60, 61, 159, 400, 401], (State::IDLE, true));
        assert_eq!(found, [false, false, false, true, true, false, true]);
        assert_eq!(rest.known(), Some((State::IDLE, false)));
    }

    /// Nothing has to be asked of the kernel, nor read again soon, while the process is held.
    #[test]
    fn while_the_process_is_held_the_account_from_before_counts() {
        let (tid, wake) = sleeper();
        asleep(tid);
        let mut tasks = Tasks::new(std::process::id());
        let account = tasks.account(tid).unwrap();
        let (mut rest, start) = (Rest::default(), Instant::now());
        let mut sweep = |at: u64, account: Option<Account>| {
            tasks.hold(std::iter::empty(), account.map(|account| (tid, account)).into_iter());
            let now = start + Duration::from_millis(at);
            let sleeps_on = rest.begin_sweep(Some(tid), Some(&mut tasks), now);
            if !sleeps_on {
                rest.saw((tid, State::IDLE, false), &mut tasks, now, || true);
            }
            tasks.release();
            sleeps_on
        };
        let found: Vec<bool> = [0, 60, 61].map(|at| sweep(at, Some(account))).to_vec();
        assert_eq!(found, [false, false, true]);
        wake.send(()).unwrap();
        while Tasks::new(std::process::id()).account(tid) == Some(account) {
            std::thread::yield_now();
        }
        assert!(sweep(1_000, Some(account)), "it is not asked for now");
        assert!(!sweep(1_001, None), "it did not sleep right before");
        let other = Tasks::new(std::process::id()).account(tid);
        assert!(!sweep(1_002, other), "it had a turn");
    }

    #[test]
    fn one_that_had_a_turn_is_read() {
        let (tid, wake) = sleeper();
        asleep(tid);
        let (mut rest, start) = (Rest::default(), Instant::now());
        assert!(sweeps(&mut rest, tid, start, &[0, 60, 61], (State::IDLE, true))[2]);
        let before = Tasks::new(std::process::id()).account(tid);
        wake.send(()).unwrap();
        while Tasks::new(std::process::id()).account(tid) == before {
            std::thread::yield_now();
        }
        let found = sweeps(&mut rest, tid, start, &[62, 63, 100], (State::IDLE, true));
        assert_eq!(found, [false; 3], "nor is it taken for resting soon after");
        assert_eq!(rest.known(), None);
    }

    #[test]
    fn who_is_not_idle_or_has_more_to_see_does_not_rest() {
        let (tid, _wake) = sleeper();
        asleep(tid);
        let start = Instant::now();
        for look in [
            (State { waits_for_gil: true, ..State::IDLE }, true),
            (State { holds_gil: true, ..State::IDLE }, true),
            (State { on_cpu: true, ..State::IDLE }, true),
            (State::IDLE, false),
        ] {
            let found = sweeps(&mut Rest::default(), tid, start, &[0, 60, 61, 120], look);
            assert_eq!(found, [false; 4], "{look:?}");
        }
    }
}
