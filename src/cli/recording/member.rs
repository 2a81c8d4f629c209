//! One process of the herd: what it executes, and how far attaching to it has come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use advisors::Python;

use crate::sample::{AttachError, Sampler};
use crate::target::{Identity, Image, looks_like_python};

/// How long a process that does not look like Python keeps its image before it is read closely:
/// most launchers are gone by then.
const LAUNCHER: Duration = Duration::from_millis(300);

/// First and longest pause between attempts at an interpreter that is not up yet.
const NOT_UP: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(80));

/// First and longest pause between looks at a process without Python, which may load it yet.
const NO_PYTHON: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// So often a process that has the name of a Python is looked at before it is said to have none.
const CLOSE_LOOKS: u32 = 2;

/// How long an interpreter may take to come up before there is said to be none.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process that is sampled or may come to be.
pub(super) struct Member {
    pub(super) identity: Arc<Identity>,
    pub(super) image: Option<Image>,
    pub(super) since: Instant,
    pub(super) stage: Stage,
    attempts: u32,
    looks_like_python: bool,
    /// Whether there was no room for it, so far.
    is_left_out: bool,
    /// Whether there is none now.
    waits_for_place: bool,
    /// The Python of the latest samples.
    sampled: Option<Python>,
    /// Sweeps that there were between its birth and its discovery, until they are accounted for.
    early: u64,
    /// Sweeps that saw it, and those in which it waited for a place.
    seen: u64,
    waited: u64,
}

/// How far attaching has come.
pub(super) enum Stage {
    /// To be attached to when it is due; the error is that of the last attempt.
    Waiting(Instant, Option<AttachError>),
    /// In the hands of the attacher.
    Attaching,
    /// Sampled.
    Sampling(Box<Sampler>),
    /// Not to be sampled as long as it executes what it does.
    Refused(AttachError),
}

/// Processes that were never sampled, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cli) struct Unsampled {
    /// There was no room for them.
    pub(in crate::cli) left_out: u64,
    /// They have no Python.
    pub(in crate::cli) without_python: u64,
    /// They were over before they could be sampled.
    pub(in crate::cli) too_short: u64,
    /// As many files as may be open were.
    pub(in crate::cli) unopened: u64,
    /// They have a Python that could not be read.
    pub(in crate::cli) unread: u64,
    /// They were sampled, but waited for a place before.
    pub(in crate::cli) kept_waiting: u64,
    /// Of those that waited for a place or never had one: sweeps in which they did, and all in which
    /// they were there.
    pub(in crate::cli) waited: (u64, u64),
}

impl Member {
    /// One that is met `early` sweeps after it came to be.
    pub(super) fn late(identity: Arc<Identity>, early: u64) -> Self {
        Self { early, ..Self::new(identity) }
    }

    pub(super) fn new(identity: Arc<Identity>) -> Self {
        let (pid, now) = (identity.pid(), Instant::now());
        let looks_like_python = looks_like_python(pid);
        let due = if looks_like_python { now } else { now + LAUNCHER };
        Self {
            image: Image::of(pid),
            identity,
            since: now,
            attempts: 0,
            stage: Stage::Waiting(due, None),
            looks_like_python,
            is_left_out: false,
            waits_for_place: false,
            sampled: None,
            early: 0,
            seen: 0,
            waited: 0,
        }
    }

    /// Begins afresh: it executes something else now.
    pub(super) fn renew(&mut self) {
        let Self { sampled, early, seen, waited, .. } = *self;
        *self = Self { sampled, early, seen, waited, ..Self::new(Arc::clone(&self.identity)) };
    }

    /// Whether it executes something else than it did; a process that ends does not.
    pub(super) fn has_changed(&self) -> bool {
        let image = Image::of(self.identity.pid());
        image.is_some() && image != self.image
    }

    /// A sampler for process `pid`, which is this sampled one but for its memory's contents. Only
    /// our own walker takes over what it knows; the other would read it all again, right here.
    pub(super) fn fork(&self, pid: u32) -> Option<Sampler> {
        let Stage::Sampling(sampler) = &self.stage else { return None };
        let is_cheap = sampler.interpreter().columns;
        is_cheap.then(|| sampler.attach_child(pid).ok())?
    }

    /// Whether one of the few places is its own.
    pub(super) fn has_place(&self) -> bool {
        matches!(self.stage, Stage::Sampling(_) | Stage::Attaching)
    }

    /// Takes note that there is no place for it now. One that does not look like Python is not
    /// looked at more closely, and so is not known to be left out of anything.
    pub(super) fn leave_out(&mut self) {
        self.is_left_out |= self.looks_like_python;
        self.waits_for_place = true;
    }

    /// Takes note that a place is its own.
    pub(super) fn let_in(&mut self, stage: Stage) {
        self.stage = stage;
        self.waits_for_place = false;
    }

    /// A sweep saw it; gives how many did not since it came to be.
    pub(super) fn was_seen(&mut self) -> u64 {
        self.seen += 1;
        std::mem::take(&mut self.early)
    }

    /// A sweep could not look at it. Gives how many did not, where there is a Python that should have
    /// been looked at: this one, and those before it was met. What waits for a place is accounted for
    /// by [`Member::count`].
    pub(super) fn was_passed_over(&mut self) -> Option<(u64, u64)> {
        let is_expected = match &self.stage {
            Stage::Waiting(_, Some(AttachError::NotPython { .. })) => self.attempts < CLOSE_LOOKS,
            Stage::Waiting(..) | Stage::Attaching | Stage::Sampling(_) => true,
            Stage::Refused(_) => false,
        };
        if !self.looks_like_python || !is_expected {
            return None;
        }
        let early = std::mem::take(&mut self.early);
        if self.waits_for_place {
            self.waited += 1 + early;
            return None;
        }
        self.identity.is_running().then_some((1, early))
    }

    /// Whether an attempt should be made now.
    pub(super) fn is_due(&mut self) -> bool {
        let Stage::Waiting(due, error) = &mut self.stage else { return false };
        let now = Instant::now();
        if *due > now {
            return false;
        }
        let was_no_python = matches!(error, Some(AttachError::NotPython { .. }));
        if was_no_python && !looks_like_python(self.identity.pid()) {
            *due = now + backoff(NO_PYTHON, self.attempts);
            self.attempts += 1;
            return false;
        }
        true
    }

    /// What comes of an attempt.
    pub(super) fn take(&mut self, outcome: Result<Sampler, AttachError>) {
        if self.has_changed() {
            return self.renew(); // attached to what it no longer is
        }
        let now = Instant::now();
        let again =
            |pauses, attempts, error| Stage::Waiting(now + backoff(pauses, attempts), Some(error));
        self.stage = match outcome {
            Ok(sampler) => Stage::Sampling(Box::new(sampler)),
            Err(
                error @ (AttachError::NotYetRunning { .. }
                | AttachError::TooDeep { .. }
                | AttachError::TooManyFiles { .. }),
            ) => again(NOT_UP, self.attempts, error),
            // What has the name of a Python may not have loaded its library yet.
            Err(error @ AttachError::NotPython { .. })
                if self.looks_like_python && self.attempts < CLOSE_LOOKS =>
            {
                again(NOT_UP, self.attempts, error)
            }
            Err(error @ AttachError::NotPython { .. }) => again(NO_PYTHON, self.attempts, error),
            Err(error) => Stage::Refused(error),
        };
        self.attempts += 1;
    }

    /// Takes note of samples; gives the Python that they are of, when that is news.
    pub(super) fn was_sampled(&mut self) -> Option<Python> {
        let Stage::Sampling(sampler) = &self.stage else { return None };
        let python = sampler.interpreter().python;
        (self.sampled.replace(python) != Some(python)).then_some(python)
    }

    pub(super) fn is_hopeless(&self) -> bool {
        match &self.stage {
            Stage::Sampling(_) | Stage::Attaching | Stage::Waiting(_, None) => false,
            Stage::Waiting(_, Some(AttachError::NotPython { .. })) | Stage::Refused(_) => true,
            Stage::Waiting(_, Some(_)) => self.since.elapsed() > PATIENCE,
        }
    }

    /// Counts it among those that were never sampled, if it was not, or not all the while.
    pub(super) fn count(&self, unsampled: &mut Unsampled) {
        if self.waited > 0 {
            let (waited, all) = &mut unsampled.waited;
            *waited += self.waited;
            *all += self.waited + self.seen;
        }
        if self.sampled.is_some() {
            unsampled.kept_waiting += u64::from(self.waited > 0);
            return;
        }
        // Of one that is just ending there is no image: it cannot be told what it was. One that only
        // has the name of a Python is looked at twice.
        let is_unlike_python =
            self.image.is_some() && (!self.looks_like_python || self.attempts >= CLOSE_LOOKS);
        let number = match &self.stage {
            _ if self.is_left_out => &mut unsampled.left_out,
            Stage::Waiting(_, None | Some(AttachError::NotPython { .. })) if is_unlike_python => {
                &mut unsampled.without_python
            }
            Stage::Refused(AttachError::Gone { .. }) => &mut unsampled.too_short,
            Stage::Waiting(_, Some(AttachError::TooManyFiles { .. })) => &mut unsampled.unopened,
            Stage::Waiting(_, Some(AttachError::TooDeep { .. })) | Stage::Refused(_) => {
                &mut unsampled.unread
            }
            Stage::Waiting(..) | Stage::Attaching | Stage::Sampling(_) => &mut unsampled.too_short,
        };
        *number += 1;
    }
}

fn backoff((first, longest): (Duration, Duration), attempts: u32) -> Duration {
    first.saturating_mul(1 << attempts.min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let pauses: Vec<u128> =
            [0, 1, 2, 4, 5, 40].map(|attempts| backoff(NOT_UP, attempts).as_millis()).to_vec();
        assert_eq!(pauses, [5, 10, 20, 80, 80, 80]);
    }

    #[test]
    fn a_process_is_counted_for_one_reason_or_none() {
        let own = std::process::id();
        let identity = Arc::new(Identity::of(own).expect("our own"));
        let count = |change: fn(&mut Member)| {
            let mut member = Member::new(Arc::clone(&identity));
            change(&mut member);
            let mut unsampled = Unsampled::default();
            member.count(&mut unsampled);
            (unsampled.left_out, unsampled.without_python, unsampled.too_short)
        };
        assert_eq!(count(|_| {}), (0, 1, 0));
        assert_eq!(count(|it| it.image = None), (0, 0, 1), "it was just ending");
        assert_eq!(count(|it| it.leave_out()), (0, 1, 0), "nothing says that it is a Python");
        let python = |it: &mut Member| it.looks_like_python = true;
        assert_eq!(count(python), (0, 0, 1), "it ended before its turn");
        let left_out: fn(&mut Member) = |it| {
            it.looks_like_python = true;
            it.leave_out();
        };
        assert_eq!(count(left_out), (1, 0, 0));
        let sampled: fn(&mut Member) = |it| {
            it.looks_like_python = true;
            it.leave_out();
            it.sampled = Some(Python::new(3, 13));
            it.renew();
        };
        assert_eq!(count(sampled), (0, 0, 0));
        let no_python: fn(&mut Member) = |it| it.take(Err(AttachError::NotPython { pid: 1 }));
        assert_eq!(count(no_python), (0, 1, 0));
    }

    #[test]
    fn sweeps_that_could_not_look_are_counted_for_what_was_waited_for() {
        let identity = Arc::new(Identity::of(std::process::id()).expect("our own"));
        let python = |early| {
            let member = Member::late(Arc::clone(&identity), early);
            Member { looks_like_python: true, ..member }
        };
        let mut starting = python(3);
        assert_eq!(starting.was_passed_over(), Some((1, 3)), "and those before it was met, once");
        assert_eq!(starting.was_passed_over(), Some((1, 0)));
        let mut forked = python(2);
        assert_eq!((forked.was_seen(), forked.was_seen()), (2, 0));
        let mut launcher = Member::late(Arc::clone(&identity), 3);
        assert_eq!(launcher.was_passed_over(), None, "nothing says that it is a Python");
        let mut refused = python(3);
        refused.stage = Stage::Refused(AttachError::NoPermission { pid: 1 });
        assert_eq!(refused.was_passed_over(), None);

        let mut unsampled = Unsampled::default();
        let mut waiting = python(4);
        waiting.leave_out();
        assert_eq!(waiting.was_passed_over(), None);
        waiting.count(&mut unsampled);
        let expected = Unsampled { left_out: 1, waited: (5, 5), ..Unsampled::default() };
        assert_eq!(unsampled, expected);
        waiting.let_in(Stage::Attaching);
        assert_eq!(waiting.was_passed_over(), Some((1, 0)), "it has its place");
        waiting.sampled = Some(Python::new(3, 13));
        waiting.was_seen();
        let mut unsampled = Unsampled::default();
        waiting.count(&mut unsampled);
        let expected = Unsampled { kept_waiting: 1, waited: (5, 6), ..Unsampled::default() };
        assert_eq!(unsampled, expected);
    }
}
