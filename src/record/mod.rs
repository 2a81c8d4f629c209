//! Samples to a profile; no clock, no IO.

use std::collections::HashMap;

use crate::profile::{Machine, Process, Profile, Target, Timing};
use crate::sample::Sweep;
use crate::text::Untrusted;

/// Folds sweeps into a [`Profile`].
#[derive(Debug, Default)]
pub struct Recorder {
    profile: Profile,
}

/// What only the one who ran the recording knows.
#[derive(Debug, Default)]
pub struct Facts {
    /// Who was recorded.
    pub target: Target,
    /// Start, length and rate; the counts in it are the recorder's and are filled in.
    pub timing: Timing,
    /// What it ran on.
    pub machine: Machine,
    /// The processes seen.
    pub processes: Vec<Process>,
    /// Thread names by (pid, tid).
    pub thread_names: HashMap<(u32, u32), Untrusted>,
}

impl Recorder {
    /// Adds one sweep of process `pid`.
    pub fn add(&mut self, pid: u32, sweep: Sweep) {
        let _ = (pid, sweep);
    }

    /// Samples so far.
    pub fn samples(&self) -> u64 {
        0
    }

    /// The profile.
    pub fn finish(self, facts: Facts) -> Profile {
        let _ = facts;
        self.profile
    }
}
