//! Holding a process still: the threads that run are stopped, those that sleep are left asleep.

use std::time::{Duration, Instant};

use super::super::tasks::Tasks;
use super::ptrace::{self, Stop};
use super::sleepers::Sleepers;
use crate::limits;

/// Times that the threads are gone through: what runs is stopped, until no more is found. Two do, unless
/// threads are woken meanwhile.
const ROUNDS: usize = 8;

/// How long a thread that runs on another processor may take to stop: it is interrupted there and
/// gets no further. Measured: 6 us, 99 % under 10. One that has not stopped by then is not executing
/// its program: it works or waits in the kernel, or waits for a processor, and stops on its way
/// back, before another instruction. So it stands still too, and need not be waited for; that could
/// take milliseconds on a busy machine, and for ever after `vfork`.
const ARRIVAL: Duration = Duration::from_micros(100);

/// When it is looked whether the thread waits for the very processor that we are on.
const USUAL_ARRIVAL: Duration = Duration::from_micros(20);

/// The process could not be held: we may not stop a thread, or new ones came faster than they could
/// be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotHeld;

/// A process in which nothing runs. When it is dropped all goes on; threads that had not arrived at
/// their stop are freed by the end of the thread that holds them, in whatever state they are.
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
    stop: Stop,
}

/// How a hold ended.
#[derive(Debug, Default)]
pub(super) struct Released {
    /// How long the process was held.
    pub(super) after: Duration,
    /// The threads that go on when the thread that held them ends.
    pub(super) left: Vec<u32>,
}

impl Hold {
    /// Stops what runs in the process.
    ///
    /// # Errors
    /// When that cannot be; then all goes on, after what had been stopped until then.
    pub(super) fn on(sleepers: &mut Sleepers, tasks: &mut Tasks) -> Result<Self, Released> {
        let mut hold = Self::default();
        match hold.stop_all(sleepers, tasks) {
            Ok(()) => Ok(hold),
            Err(NotHeld) => Err(hold.release()),
        }
    }

    /// While nothing is stopped yet all threads are gone through; then those alone that may have been
    /// woken or born meanwhile.
    fn stop_all(&mut self, sleepers: &mut Sleepers, tasks: &mut Tasks) -> Result<(), NotHeld> {
        let mut count = tasks.count();
        let mut threads: Vec<u32> = tasks.ids().collect();
        threads.retain(|&tid| sleepers.awake(tid, tasks).is_some());
        for _ in 0..ROUNDS {
            let mut found = false;
            for (tid, before) in self.awake(&threads, sleepers, tasks) {
                found |= self.ask(tid, before, tasks)?;
            }
            if !found {
                self.await_arrival(tasks);
                return Ok(());
            }
            let now = tasks.count();
            threads = match now.is_some() && now == count {
                true => sleepers.unsettled(),
                false => tasks.ids().collect(),
            };
            count = now;
        }
        Err(NotHeld)
    }

    /// The threads that are not held and do not sleep, with their state letters. All are asked before the
    /// first is stopped, which then need not wait for the others to be.
    fn awake(&self, threads: &[u32], sleepers: &mut Sleepers, tasks: &mut Tasks) -> Vec<(u32, u8)> {
        let free = threads.iter().filter(|&&tid| self.before(tid).is_none());
        free.filter_map(|&tid| Some((tid, sleepers.awake(tid, tasks)?))).collect()
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

    /// Lets all go on.
    pub(super) fn release(mut self) -> Released {
        let left = self.let_go();
        Released { after: self.began.map_or(Duration::ZERO, |began| began.elapsed()), left }
    }

    /// Says whether there was a thread to ask.
    fn ask(&mut self, tid: u32, before: u8, tasks: &mut Tasks) -> Result<bool, NotHeld> {
        if ptrace::seize(tid).is_err() {
            // One that has just ended is refused in the same way as one that we may not stop.
            let has_ended = tasks.letter(tid).is_none_or(|letter| b"ZXx".contains(&letter));
            return if has_ended { Ok(false) } else { Err(NotHeld) };
        }
        self.began.get_or_insert_with(Instant::now);
        let stop = ptrace::interrupt(tid).map_or(Stop::Gone, |()| Stop::NotYet);
        self.threads.push(Held { tid, before, stop });
        Ok(true)
    }

    fn await_arrival(&mut self, tasks: &mut Tasks) {
        let start = Instant::now();
        let mut late: Vec<&mut Held> = self.threads.iter_mut().collect();
        let mut is_first_look = true;
        loop {
            late.retain_mut(|held| {
                held.stop = ptrace::stop(held.tid);
                held.stop == Stop::NotYet
            });
            let waited = start.elapsed();
            if waited > USUAL_ARRIVAL && is_first_look {
                is_first_look = false;
                late.retain(|held| !waits_for_us(held.tid, tasks));
            }
            if late.is_empty() || waited > ARRIVAL {
                return;
            }
            std::hint::spin_loop();
        }
    }

    /// Gives the threads that have not arrived at their stop.
    fn let_go(&mut self) -> Vec<u32> {
        let mut left = Vec::new();
        for held in self.threads.drain(..) {
            let stop = if held.stop == Stop::NotYet { ptrace::stop(held.tid) } else { held.stop };
            match stop {
                // A failure says that it was killed meanwhile.
                Stop::Stopped(signal) => drop(ptrace::detach(held.tid, signal)),
                Stop::NotYet => left.push(held.tid),
                Stop::Gone => {}
            }
        }
        left
    }
}

/// Whether a thread that was asked to stop is assigned to the processor that we run on: then it does
/// not run. (Should either of the two be moved on just now, it passes its stop first.)
fn waits_for_us(tid: u32, tasks: &mut Tasks) -> bool {
    tasks.processor(tid) == Some(rustix::thread::sched_getcpu())
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.let_go();
    }
}
