//! What every thread does, in the window and since the start.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use super::tally::{Slot, Span, Tally};
use crate::limits;
use crate::sample::{Frame, Sample, State};
use crate::text::Untrusted;

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
    /// In the window.
    pub(super) recent: Doings,
    /// Since the start.
    pub(super) ever: Doings,
}

impl Threads {
    /// Counts a sample. Of very many threads those that ended long ago are forgotten; beyond
    /// `limits::LIVE_THREADS` at a time, new ones are not taken up.
    pub(super) fn add(&mut self, now: Slot, pid: u32, sample: &Sample) {
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
            doings: Tally::default(),
        });
        thread.state = sample.state;
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
    pub(super) fn seen(&self, now: Slot) -> Vec<ThreadSeen> {
        let seen = self.known.iter().map(|(&(pid, tid), thread)| ThreadSeen {
            pid,
            tid,
            name: thread.name.clone(),
            state: thread.state,
            leaf: thread.leaf.clone(),
            is_recent: thread.doings.is_recent(now),
            recent: thread.doings.over(Span::Window, now),
            ever: thread.doings.over(Span::Ever, now),
        });
        seen.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Slot {
        Slot::of(Duration::from_secs(seconds))
    }

    fn sample(thread: u32) -> Sample {
        let state = State { on_cpu: true, ..State::default() };
        Sample::new(thread, state, Vec::new())
    }

    #[test]
    fn threads_that_come_and_go_take_no_more_room() {
        let mut threads = Threads::default();
        for tid in 0..3 * limits::LIVE_THREADS as u32 {
            threads.add(at(u64::from(tid)), 1, &sample(tid));
            assert!(threads.known.len() <= limits::LIVE_THREADS);
        }
        let newest = 3 * limits::LIVE_THREADS as u32 - 1;
        assert!(threads.known.contains_key(&(1, newest)), "the new are taken up");
    }

    #[test]
    fn a_name_outlives_its_thread() {
        let mut threads = Threads::default();
        threads.add(at(0), 1, &sample(7));
        threads.learn_names(at(0), |_, tid| Some(Untrusted::new(format!("worker-{tid}"))));
        threads.learn_names(at(1), |_, _| None);
        let [thread] = &threads.seen(at(60))[..] else { panic!("one thread") };
        assert_eq!(thread.name, Some(Untrusted::new("worker-7")));
        assert!(!thread.is_recent);
        assert_eq!((thread.recent.busy, thread.ever.busy), (0, 1));
    }
}
