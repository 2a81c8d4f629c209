//! How a session stands.

use std::collections::BTreeSet;
use std::time::Duration;

use advisors::Python;

use super::herd::Herd;
use super::member::Unsampled;
use crate::profile::Target;
use crate::target::tree::Tree;
use crate::text::Untrusted;

/// A session as it stands.
pub(in crate::cli) struct Moment<'a> {
    /// Since the first sweep.
    pub(in crate::cli) elapsed: Duration,
    /// Who is sampled.
    pub(in crate::cli) target: &'a Target,
    /// Sweeps a second that were asked for.
    pub(in crate::cli) rate_hz: f64,
    /// What every process had just now: its id, resident bytes, and the most that it ever had.
    pub(in crate::cli) memory: Vec<(u32, u64, u64)>,
    pub(super) herd: &'a Herd,
    pub(super) tree: &'a Tree,
    /// Whether those below the process are sampled too.
    pub(super) follows: bool,
}

impl Moment<'_> {
    /// The name of a thread, while it lives.
    pub(in crate::cli) fn thread_name(&self, pid: u32, tid: u32) -> Option<Untrusted> {
        self.herd.thread_name(pid, tid)
    }

    /// Which CPython the process runs, or one below it.
    pub(in crate::cli) fn python(&self) -> Option<Python> {
        self.tree.python()
    }

    /// Processes that are sampled.
    pub(in crate::cli) fn sampled(&self) -> usize {
        self.herd.sampled()
    }

    /// Processes that are sampled, and that a signal or a debugger has stopped.
    pub(in crate::cli) fn halted(&self) -> BTreeSet<u32> {
        self.tree.halted().filter(|&pid| self.herd.samples(pid)).collect()
    }

    /// Processes that were not sampled, or not all the while, so far.
    pub(in crate::cli) fn unsampled(&self) -> Unsampled {
        unsampled(self.herd, self.tree, self.follows)
    }

    /// Processes of the tree that run.
    pub(in crate::cli) fn processes(&self) -> usize {
        self.tree.running()
    }
}

/// Processes of the tree that were not sampled, or not all the while; of those that were never known only
/// where they were to be followed.
pub(super) fn unsampled(herd: &Herd, tree: &Tree, follows: bool) -> Unsampled {
    let mut unsampled = herd.unsampled();
    if follows {
        unsampled.left_out += tree.crowd() as u64;
        unsampled.unopened += tree.unopened() as u64;
    }
    unsampled
}
