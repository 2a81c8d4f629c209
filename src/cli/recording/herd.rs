//! The interpreters that are sampled: attached to in the background, so that one that is slow to
//! be read holds up none of the others.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use advisors::Python;

use crate::sample::{AttachError, Options, Sampler, Sweep};
use crate::target::{Identity, Image, looks_like_python};
use crate::text::Untrusted;

/// How long a process that does not look like Python keeps its image before it is read closely:
/// most launchers are gone by then.
const LAUNCHER: Duration = Duration::from_millis(300);

/// First and longest pause between attempts at an interpreter that is not up yet.
const NOT_UP: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(80));

/// First and longest pause between looks at a process without Python, which may load it yet.
const NO_PYTHON: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

/// How long an interpreter may take to come up before there is said to be none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every process that is sampled or may come to be.
pub(super) struct Herd {
    members: HashMap<u32, Member>,
    jobs: Sender<u32>,
    outcomes: Receiver<(u32, Result<Sampler, AttachError>)>,
    pythons: HashMap<u32, Python>,
}

struct Member {
    identity: Arc<Identity>,
    image: Option<Image>,
    since: Instant,
    attempts: u32,
    stage: Stage,
}

enum Stage {
    /// To be attached to when it is due; the error is that of the last attempt.
    Waiting(Instant, Option<AttachError>),
    /// In the hands of the attacher.
    Attaching,
    /// Sampled.
    Sampling(Box<Sampler>),
    /// Not to be sampled as long as it executes what it does.
    Refused(AttachError),
}

impl Herd {
    /// A herd of one.
    pub(super) fn new(root: Arc<Identity>, exact: bool) -> Self {
        let (jobs, queue) = channel();
        let (done, outcomes) = channel();
        let options = Options { exact, ..Options::default() };
        std::thread::spawn(move || attach_in_turn(&queue, &done, options));
        let members = HashMap::from([(root.pid(), Member::new(root))]);
        Self { members, jobs, outcomes, pythons: HashMap::new() }
    }

    /// Takes in a descendant.
    pub(super) fn adopt(&mut self, identity: Arc<Identity>) {
        self.members.insert(identity.pid(), Member::new(identity));
    }

    /// Takes note of what the attacher did, and gives it what is due.
    pub(super) fn tend(&mut self) {
        while let Ok((pid, outcome)) = self.outcomes.try_recv() {
            let python = self.members.get_mut(&pid).and_then(|member| member.take(outcome));
            self.pythons.extend(python.map(|python| (pid, python)));
        }
        self.members.retain(|_, member| member.identity.is_running());
        let due: Vec<u32> = (self.members.iter_mut())
            .filter_map(|(&pid, member)| member.is_due().then_some(pid))
            .collect();
        for pid in due {
            self.attach(pid);
        }
    }

    /// Attaches to a process as to its like, when one is sampled already: workers are forked by
    /// the dozen, and only the first has to be read from the ground up.
    fn attach(&mut self, pid: u32) {
        let Some(member) = self.members.get(&pid) else { return };
        let (like, busy): (Vec<&Member>, Vec<&Member>) = (self.members.values())
            .filter(|other| other.image.is_some() && other.image == member.image)
            .partition(|other| matches!(other.stage, Stage::Sampling(_)));
        let fork = like.first().and_then(|like| like.fork(pid));
        let is_first_read = busy.iter().any(|other| matches!(other.stage, Stage::Attaching));
        let stage = match fork {
            Some(sampler) => {
                self.pythons.insert(pid, sampler.interpreter().python);
                Stage::Sampling(Box::new(sampler))
            }
            None if is_first_read => return,
            // The attacher lives as long as this herd does; without one the process stays unread.
            None => match self.jobs.send(pid) {
                Ok(()) => Stage::Attaching,
                Err(_) => Stage::Refused(AttachError::Gone { pid }),
            },
        };
        if let Some(member) = self.members.get_mut(&pid) {
            member.stage = stage;
        }
    }

    /// Starts afresh with those that now execute something else.
    pub(super) fn recheck_images(&mut self) {
        for (&pid, member) in &mut self.members {
            if !matches!(member.stage, Stage::Attaching) && Image::of(pid) != member.image {
                *member = Member::new(Arc::clone(&member.identity));
            }
        }
    }

    /// One look at everyone.
    pub(super) fn sweep(&mut self, mut tell: impl FnMut(u32, Sweep)) {
        for (&pid, member) in &mut self.members {
            let Stage::Sampling(sampler) = &mut member.stage else { continue };
            // What was read counts only if it was of this very process.
            match sampler.sweep() {
                Ok(sweep) if member.identity.is_running() => tell(pid, sweep),
                _ => {}
            }
        }
    }

    /// Whether anyone is sampled.
    pub(super) fn is_sampling(&self) -> bool {
        self.members.values().any(|member| matches!(member.stage, Stage::Sampling(_)))
    }

    /// Whether it is in vain to wait: process `root` cannot be sampled at all, or has no Python and
    /// nor have those below it.
    pub(super) fn is_hopeless(&self, root: u32) -> bool {
        let is_refused = |member: &Member| matches!(member.stage, Stage::Refused(_));
        self.members.get(&root).is_some_and(is_refused)
            || self.members.values().all(Member::is_hopeless)
    }

    /// Why process `pid` is not sampled.
    pub(super) fn obstacle(&mut self, pid: u32) -> Option<AttachError> {
        match self.members.remove(&pid)?.stage {
            Stage::Waiting(_, error) => error,
            Stage::Refused(error) => Some(error),
            Stage::Attaching | Stage::Sampling(_) => None,
        }
    }

    /// Which CPython each process that was ever sampled runs.
    pub(super) fn python(&self, pid: u32) -> Option<Python> {
        self.pythons.get(&pid).copied()
    }

    /// The CPython of some process that was ever sampled, of the lowest id.
    pub(super) fn any_python(&self) -> Option<Python> {
        self.pythons.iter().min_by_key(|&(&pid, _)| pid).map(|(_, &python)| python)
    }

    /// How many are sampled.
    pub(super) fn sampled(&self) -> usize {
        let members = self.members.values();
        members.filter(|member| matches!(member.stage, Stage::Sampling(_))).count()
    }

    /// The name of a thread, while it lives.
    pub(super) fn thread_name(&self, pid: u32, tid: u32) -> Option<Untrusted> {
        match &self.members.get(&pid)?.stage {
            Stage::Sampling(sampler) => sampler.thread_name(tid),
            _ => None,
        }
    }
}

fn attach_in_turn(
    queue: &Receiver<u32>,
    done: &Sender<(u32, Result<Sampler, AttachError>)>,
    options: Options,
) {
    for pid in queue {
        // The library that reads symbols may stumble over a binary; that must not end a recording
        // of others.
        let attach = || Sampler::attach(pid, options);
        let outcome = std::panic::catch_unwind(attach);
        let outcome = outcome.unwrap_or(Err(AttachError::NotPython { pid }));
        if done.send((pid, outcome)).is_err() {
            return; // the recording is over
        }
    }
}

impl Member {
    fn new(identity: Arc<Identity>) -> Self {
        let (pid, now) = (identity.pid(), Instant::now());
        let due = if looks_like_python(pid) { now } else { now + LAUNCHER };
        let stage = Stage::Waiting(due, None);
        Self { image: Image::of(pid), identity, since: now, attempts: 0, stage }
    }

    /// A sampler for process `pid`, which is this sampled one but for its memory's contents. Only
    /// our own walker takes over what it knows; the other would read it all again, right here.
    fn fork(&self, pid: u32) -> Option<Sampler> {
        let Stage::Sampling(sampler) = &self.stage else { return None };
        let is_cheap = sampler.interpreter().columns;
        is_cheap.then(|| sampler.attach_child(pid).ok())?
    }

    /// Whether an attempt should be made now.
    fn is_due(&mut self) -> bool {
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

    /// What comes of an attempt; the CPython, when it succeeded.
    fn take(&mut self, outcome: Result<Sampler, AttachError>) -> Option<Python> {
        let pid = self.identity.pid();
        let image = Image::of(pid);
        if image != self.image {
            // Attached to what it no longer is.
            *self = Self::new(Arc::clone(&self.identity));
            return None;
        }
        let now = Instant::now();
        let again =
            |pauses, attempts, error| Stage::Waiting(now + backoff(pauses, attempts), Some(error));
        let (stage, python) = match outcome {
            Ok(sampler) => {
                let python = sampler.interpreter().python;
                (Stage::Sampling(Box::new(sampler)), Some(python))
            }
            Err(error @ AttachError::NotYetRunning { .. }) => {
                (again(NOT_UP, self.attempts, error), None)
            }
            Err(error @ AttachError::NotPython { .. }) => {
                (again(NO_PYTHON, self.attempts, error), None)
            }
            Err(error) => (Stage::Refused(error), None),
        };
        self.stage = stage;
        self.attempts += 1;
        python
    }

    fn is_hopeless(&self) -> bool {
        match &self.stage {
            Stage::Sampling(_) | Stage::Attaching | Stage::Waiting(_, None) => false,
            Stage::Waiting(_, Some(AttachError::NotPython { .. })) | Stage::Refused(_) => true,
            Stage::Waiting(_, Some(_)) => self.since.elapsed() > PATIENCE,
        }
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
}
