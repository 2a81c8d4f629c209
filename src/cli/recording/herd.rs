//! The interpreters that are sampled: attached to in the background, so that one that is slow to
//! be read holds up none of the others.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use advisors::Python;

use super::member::{Member, Stage, Unsampled};
use crate::limits;
use crate::sample::{AttachError, Options, Sampler, Sweep};
use crate::target::Identity;
use crate::text::Untrusted;

/// How many are attached to at a time. Reading an old interpreter's symbols takes a tenth of a
/// second of processor time, and its children may not live much longer.
const ATTACHERS: usize = 4;

/// Every process that is sampled or may come to be.
pub(super) struct Herd {
    members: HashMap<u32, Member>,
    jobs: Sender<u32>,
    outcomes: Receiver<(u32, Result<Sampler, AttachError>)>,
    /// Whose Python has become known.
    pythons: Vec<(u32, Python)>,
    root: u32,
    /// Of those that have ended.
    unsampled: Unsampled,
}

/// Looks that a sweep could not take: at processes that are not attached to yet, be it that they were
/// started or that they have turned into another program.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unattached {
    /// In this sweep.
    pub(super) now: u64,
    /// In those before, of processes that were not known then.
    pub(super) early: u64,
}

impl Unattached {
    fn add(&mut self, (now, early): (u64, u64)) {
        self.now += now;
        self.early += early;
    }
}

impl Herd {
    /// A herd of one.
    pub(super) fn new(root: Arc<Identity>, exact: bool) -> Self {
        let (jobs, queue) = channel();
        let (done, outcomes) = channel();
        let options = Options { exact, ..Options::default() };
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..ATTACHERS {
            let (queue, done) = (Arc::clone(&queue), done.clone());
            std::thread::spawn(move || attach_in_turn(&queue, &done, options));
        }
        let pid = root.pid();
        let members = HashMap::from([(pid, Member::new(root))]);
        let unsampled = Unsampled::default();
        Self { members, jobs, outcomes, pythons: Vec::new(), root: pid, unsampled }
    }

    /// Takes in a descendant that was there for so many sweeps already.
    pub(super) fn adopt(&mut self, identity: Arc<Identity>, early: u64) {
        self.members.insert(identity.pid(), Member::late(identity, early));
    }

    /// Takes note of what the attacher did, and gives it what is due and has a place.
    pub(super) fn tend(&mut self) {
        let unsampled = &mut self.unsampled;
        self.members.retain(|_, member| {
            let is_running = member.identity.is_running();
            if !is_running {
                member.count(unsampled);
            }
            is_running
        });
        self.hurry();
    }

    /// The part of [`Herd::tend`] that cannot wait: every moment until a process is attached to is one
    /// in which it is not seen.
    pub(super) fn hurry(&mut self) {
        while let Ok((pid, outcome)) = self.outcomes.try_recv() {
            if let Some(member) = self.members.get_mut(&pid) {
                member.take(outcome);
            }
        }
        let due = self.due();
        let mut taken = self.members.values().filter(|member| member.has_place()).count();
        for pid in due {
            if taken < limits::SAMPLED_PROCESSES {
                self.attach(pid);
                taken += usize::from(self.members.get(&pid).is_some_and(Member::has_place));
            } else if let Some(member) = self.members.get_mut(&pid) {
                member.leave_out();
            }
        }
    }

    /// Those to be attached to now: the target first, then who has waited longest.
    fn due(&mut self) -> Vec<u32> {
        let mut due: Vec<u32> = (self.members.iter_mut())
            .filter_map(|(&pid, member)| member.is_due().then_some(pid))
            .collect();
        due.sort_by_key(|&pid| (pid != self.root, self.members[&pid].since, pid));
        due
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
            Some(sampler) => Stage::Sampling(Box::new(sampler)),
            // The one that is being read may turn out to be one to take after.
            None if is_first_read && like.is_empty() => return,
            // The attacher lives as long as this herd does; without one the process stays unread.
            None => match self.jobs.send(pid) {
                Ok(()) => Stage::Attaching,
                Err(_) => Stage::Refused(AttachError::Gone { pid }),
            },
        };
        if let Some(member) = self.members.get_mut(&pid) {
            member.let_in(stage);
        }
    }

    /// Starts afresh with those that now execute something else.
    pub(super) fn recheck_images(&mut self) {
        for member in self.members.values_mut() {
            if !matches!(member.stage, Stage::Attaching) && member.has_changed() {
                member.renew();
            }
        }
    }

    /// One look at everyone; gives what could not be looked at.
    pub(super) fn sweep(&mut self, mut tell: impl FnMut(u32, Sweep)) -> Unattached {
        let mut unattached = Unattached::default();
        for (&pid, member) in &mut self.members {
            let Stage::Sampling(sampler) = &mut member.stage else {
                member.was_passed_over().into_iter().for_each(|looks| unattached.add(looks));
                continue;
            };
            let Ok(sweep) = sampler.sweep() else { continue };
            // What was read counts only if it was of this very process.
            if !member.identity.is_running() {
                continue;
            }
            if sweep.samples.is_empty() && member.has_changed() {
                member.renew(); // it has just become another program
                member.was_passed_over().into_iter().for_each(|looks| unattached.add(looks));
                continue;
            }
            unattached.early += member.was_seen();
            if !sweep.samples.is_empty() {
                self.pythons.extend(member.was_sampled().map(|python| (pid, python)));
            }
            tell(pid, sweep);
        }
        unattached
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

    /// Whose Python has become known since this was asked before.
    pub(super) fn take_pythons(&mut self) -> Vec<(u32, Python)> {
        std::mem::take(&mut self.pythons)
    }

    /// Processes that were never sampled, or not all the while, so far.
    pub(super) fn unsampled(&self) -> Unsampled {
        let mut unsampled = self.unsampled;
        self.members.values().for_each(|member| member.count(&mut unsampled));
        unsampled
    }

    /// How many are sampled.
    pub(super) fn sampled(&self) -> usize {
        let members = self.members.values();
        members.filter(|member| matches!(member.stage, Stage::Sampling(_))).count()
    }

    /// Whether process `pid` is.
    pub(super) fn samples(&self, pid: u32) -> bool {
        self.members.get(&pid).is_some_and(|member| matches!(member.stage, Stage::Sampling(_)))
    }

    /// What a process calls its threads, as far as their stacks tell at this moment.
    pub(super) fn names_by_stack(&mut self, pid: u32) -> HashMap<u32, Untrusted> {
        match self.members.get_mut(&pid).map(|member| &mut member.stage) {
            Some(Stage::Sampling(sampler)) => sampler.names_by_stack().unwrap_or_default(),
            _ => HashMap::new(),
        }
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
    queue: &Mutex<Receiver<u32>>,
    done: &Sender<(u32, Result<Sampler, AttachError>)>,
    options: Options,
) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(pid) = next() {
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
