//! Holding a process still: the threads that run are stopped, those that sleep are left asleep.

use std::time::{Duration, Instant};

use super::super::tasks::Tasks;
use super::ptrace::{self, Stop};
use super::sleepers::Sleepers;
use crate::limits;

/// Times that the list of threads is gone through: what runs is stopped, until no more is found.
/// Two do, unless threads are born or woken meanwhile.
const ROUNDS: usize = 8;

/// Looks at a thread that is to stop, one right after the other: on another processor it takes 5
/// to 20 us.
const EAGER_LOOKS: u32 = 64;

/// Looks that only let others go first, before pauses are made.
const YIELDING_LOOKS: u32 = 16;

/// First and longest pause between looks.
const PAUSES: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));

/// The process could not be held: the thread cannot be stopped by us, or not in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotHeld;

/// A process in which nothing runs. Dropped, or when the thread that holds it ends, all goes on.
#[derive(Debug, Default)]
pub(super) struct Hold {
    threads: Vec<Held>,
    /// When the first thread was asked to stop.
    began: Option<Instant>,
}

#[derive(Debug)]
struct Held {
    tid: u32,
    /// Its state letter right before it was asked to stop.
    before: u8,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Asked,
    /// Stopped, with the signal that it gets when it goes on.
    Stopped(i32),
    /// It has fallen into a sleep from which no signal wakes it (`vfork`, a disk) just before it
    /// was asked. It runs no Python, and will stop before it does. The end of the thread that
    /// seized it takes the request back.
    InKernel,
    Ended,
}

impl Hold {
    /// Stops what runs in the process.
    ///
    /// # Errors
    /// When that is not permitted or takes too long; then all goes on.
    pub(super) fn on(sleepers: &mut Sleepers, tasks: &mut Tasks) -> Result<Self, NotHeld> {
        let mut hold = Self::default();
        for _ in 0..ROUNDS {
            let mut found = false;
            let ids: Vec<u32> = tasks.ids().collect();
            sleepers.keep_only(&ids);
            for tid in ids {
                if hold.before(tid).is_none()
                    && let Some(before) = sleepers.awake(tid, tasks)
                {
                    found |= hold.ask(tid, before)?;
                }
            }
            if !found {
                return Ok(hold);
            }
            hold.wait(tasks)?;
        }
        Err(NotHeld)
    }

    /// What a held thread was doing before it was asked to stop, as a state letter.
    pub(super) fn before(&self, tid: u32) -> Option<u8> {
        self.threads.iter().find(|held| held.tid == tid).map(|held| held.before)
    }

    /// All held threads with what they were doing.
    pub(super) fn letters(&self) -> impl Iterator<Item = (u32, u8)> {
        self.threads.iter().map(|held| (held.tid, held.before))
    }

    /// When the process has been held for as long as is allowed.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.began.map(|began| began + limits::STANDSTILL)
    }

    /// Lets all go on; gives how long the process was held.
    pub(super) fn release(mut self) -> Duration {
        self.let_go();
        self.began.map_or(Duration::ZERO, |began| began.elapsed())
    }

    /// Says whether there was a thread to ask.
    fn ask(&mut self, tid: u32, before: u8) -> Result<bool, NotHeld> {
        match ptrace::seize(tid) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => return Ok(false),
            Err(_) => return Err(NotHeld),
        }
        self.began.get_or_insert_with(Instant::now);
        let stage = ptrace::interrupt(tid).map_or(Stage::Ended, |()| Stage::Asked);
        self.threads.push(Held { tid, before, stage });
        Ok(true)
    }

    fn wait(&mut self, tasks: &mut Tasks) -> Result<(), NotHeld> {
        let patience = self.began.map(|began| began + limits::STANDSTILL / 2);
        let mut pause = PAUSES.0;
        for look in 0.. {
            let is_late = look > EAGER_LOOKS + YIELDING_LOOKS;
            let asked = self.threads.iter_mut().filter(|held| held.stage == Stage::Asked);
            let mut is_done = true;
            for held in asked {
                held.stage = held.look(is_late, tasks);
                is_done &= held.stage != Stage::Asked;
            }
            if is_done {
                return Ok(());
            }
            if is_late {
                if patience.is_some_and(|patience| Instant::now() > patience) {
                    break;
                }
                std::thread::sleep(pause);
                pause = (pause * 2).min(PAUSES.1);
            } else if look > EAGER_LOOKS {
                std::thread::yield_now();
            }
        }
        Err(NotHeld)
    }

    fn let_go(&mut self) {
        for held in self.threads.drain(..) {
            if let Stage::Stopped(signal) = held.stage {
                // It may have been killed while it was held.
                let _ = ptrace::detach(held.tid, signal);
            }
        }
    }
}

impl Held {
    fn look(&self, is_late: bool, tasks: &mut Tasks) -> Stage {
        match ptrace::stop(self.tid) {
            Stop::Stopped(signal) => Stage::Stopped(signal),
            Stop::Gone => Stage::Ended,
            Stop::NotYet if is_late => match tasks.letter(self.tid) {
                Some(b'D') => Stage::InKernel,
                Some(b'Z' | b'X' | b'x') | None => Stage::Ended,
                Some(_) => Stage::Asked,
            },
            Stop::NotYet => Stage::Asked,
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.let_go();
    }
}
