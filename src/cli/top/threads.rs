//! What every thread does, in the window and since the start.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use super::tally::{Slot, Span, Tally};
use crate::limits;
use crate::sample::{Frame, Sample, State};
use crate::text::Untrusted;

/// A thread that is not seen for so long, and in so many sweeps, has ended: one that only changes too
/// fast to be read is, now and then.
const MISSED: (Duration, u64) = (Duration::from_secs(1), 5);

/// Samples of one thread, by what it was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Doings {
    /// All of them.
    pub(super) samples: u64,
    /// On a processor or holding the interpreter's lock.
    pub(super) busy: u64,
    /// Holding the lock.
    pub(super) holds_gil: u64,
    /// Waiting for it.
    pub(super) waits_for_gil: u64,
    /// Collecting garbage.
    pub(super) collects: u64,
}

impl Doings {
    /// One sample in this state.
    pub(super) fn of(state: State) -> Self {
        Self {
            samples: 1,
            busy: u64::from(state.is_busy()),
            holds_gil: u64::from(state.holds_gil),
            waits_for_gil: u64::from(state.waits_for_gil),
            collects: u64::from(state.collects),
        }
    }
}

impl AddAssign for Doings {
    fn add_assign(&mut self, other: Self) {
        self.samples += other.samples;
        self.busy += other.busy;
        self.holds_gil += other.holds_gil;
        self.waits_for_gil += other.waits_for_gil;
        self.collects += other.collects;
    }
}

/// Every thread that was met lately, by process and thread id.
#[derive(Debug, Default)]
pub(super) struct Threads {
    known: BTreeMap<(u32, u32), Thread>,
}

#[derive(Debug)]
struct Thread {
    name: Option<Untrusted>,
    state: State,
    leaf: Option<Frame>,
    /// When it was sampled last, and in which sweep.
    last: (Duration, u64),
    doings: Tally<Doings>,
}

/// A thread as it stands.
#[derive(Debug, Clone)]
pub(super) struct ThreadSeen {
    /// Process id.
    pub(super) pid: u32,
    /// The operating system's id.
    pub(super) tid: u32,
    /// Its name, when it could be had.
    pub(super) name: Option<Untrusted>,
    /// What it did when it was last sampled.
    pub(super) state: State,
    /// Where it stood then.
    pub(super) leaf: Option<Frame>,
    /// Whether it was sampled within the window.
    pub(super) is_recent: bool,
    /// Whether it was not sampled for so long that it is gone.
    pub(super) has_ended: bool,
    /// In the window.
    pub(super) recent: Doings,
    /// Since the start.
    pub(super) ever: Doings,
}

impl Threads {
    /// Counts a sample. Of very many threads those that ended long ago are forgotten; beyond
    /// `limits::LIVE_THREADS` at a time, new ones are not taken up.
    pub(super) fn add(&mut self, at: Duration, sweep: u64, pid: u32, sample: &Sample) {
        let now = Slot::of(at);
        let key = (pid, sample.thread);
        if self.known.len() >= limits::LIVE_THREADS && !self.known.contains_key(&key) {
            self.known.retain(|_, thread| thread.doings.is_recent(now));
            if self.known.len() >= limits::LIVE_THREADS {
                return;
            }
        }
        let thread = self.known.entry(key).or_insert_with(|| Thread {
            name: None,
            state: State::default(),
            leaf: None,
            last: (at, sweep),
            doings: Tally::default(),
        });
        thread.state = sample.state;
        thread.last = (at, sweep);
        thread.leaf = sample.frames.first().cloned();
        thread.doings.add(now, Doings::of(sample.state));
    }

    /// Asks for the names of the threads that were sampled within the window.
    pub(super) fn learn_names(&mut self, now: Slot, name: impl Fn(u32, u32) -> Option<Untrusted>) {
        for (&(pid, tid), thread) in &mut self.known {
            if thread.doings.is_recent(now) {
                thread.name = name(pid, tid).or_else(|| thread.name.take());
            }
        }
    }

    /// All that is known, by id.
    pub(super) fn seen(&self, at: Duration, sweep: u64) -> Vec<ThreadSeen> {
        let now = Slot::of(at);
        let has_ended = |(last, then): (Duration, u64)| {
            at.saturating_sub(last) >= MISSED.0 && sweep.saturating_sub(then) >= MISSED.1
        };
        let seen = self.known.iter().map(|(&(pid, tid), thread)| ThreadSeen {
            pid,
            tid,
            name: thread.name.clone(),
            state: thread.state,
            leaf: thread.leaf.clone(),
            is_recent: thread.doings.is_recent(now),
            has_ended: has_ended(thread.last),
            recent: thread.doings.over(Span::Window, now),
            ever: thread.doings.over(Span::Ever, now),
        });
        seen.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn sample(thread: u32) -> Sample {
        let state = State { on_cpu: true, ..State::default() };
        Sample::new(thread, state, Vec::new())
    }

    #[test]
    fn threads_that_come_and_go_take_no_more_room() {
        let mut threads = Threads::default();
        for tid in 0..3 * limits::LIVE_THREADS as u32 {
            threads.add(at(u64::from(tid)), u64::from(tid), 1, &sample(tid));
            assert!(threads.known.len() <= limits::LIVE_THREADS);
        }
        let newest = 3 * limits::LIVE_THREADS as u32 - 1;
        assert!(threads.known.contains_key(&(1, newest)), "the new are taken up");
    }

    #[test]
    fn a_name_outlives_its_thread() {
        let mut threads = Threads::default();
        threads.add(at(0), 1, 1, &sample(7));
        let now = |seconds| Slot::of(at(seconds));
        threads.learn_names(now(0), |_, tid| Some(Untrusted::new(format!("worker-{tid}"))));
        threads.learn_names(now(1), |_, _| None);
        let [thread] = &threads.seen(at(60), 6_000)[..] else { panic!("one thread") };
        assert_eq!(thread.name, Some(Untrusted::new("worker-7")));
        assert!(!thread.is_recent);
        assert_eq!((thread.recent.busy, thread.ever.busy), (0, 1));
    }

    #[test]
    fn a_thread_that_is_not_seen_for_a_second_has_ended() {
        let mut threads = Threads::default();
        threads.add(at(0), 1, 1, &sample(7));
        let has_ended = |seconds, sweep| threads.seen(at(seconds), sweep)[0].has_ended;
        assert_eq!(
            [(0, 50), (1, 3), (1, 101)].map(|(at, it)| has_ended(at, it)),
            [false, false, true]
        );
    }
}
