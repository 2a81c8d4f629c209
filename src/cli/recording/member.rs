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
    /// The Python of the latest samples.
    sampled: Option<Python>,
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
pub(super) struct Unsampled {
    /// There was no room for them.
    pub(super) left_out: u64,
    /// They have no Python.
    pub(super) without_python: u64,
    /// They were over before they could be sampled.
    pub(super) too_short: u64,
}

impl Member {
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
            sampled: None,
        }
    }

    /// Begins afresh: it executes something else now.
    pub(super) fn renew(&mut self) {
        let sampled = self.sampled;
        *self = Self { sampled, ..Self::new(Arc::clone(&self.identity)) };
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
            Err(error @ AttachError::NotYetRunning { .. }) => again(NOT_UP, self.attempts, error),
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

    /// Counts it among those that were never sampled, if it was not.
    pub(super) fn count(&self, unsampled: &mut Unsampled) {
        if self.sampled.is_some() {
            return;
        }
        // Of one that is just ending there is no image: it cannot be told what it was. One that only
        // has the name of a Python is looked at twice.
        let is_unlike_python =
            self.image.is_some() && (!self.looks_like_python || self.attempts > 1);
        let number = match &self.stage {
            _ if self.is_left_out => &mut unsampled.left_out,
            Stage::Waiting(_, None | Some(AttachError::NotPython { .. })) if is_unlike_python => {
                &mut unsampled.without_python
            }
            Stage::Refused(AttachError::Gone { .. }) => &mut unsampled.too_short,
            Stage::Refused(_) => return,
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
}
