//! How much of a recording its threads waited for a processor that others had: of that, one run has
//! more than the next, and a thread is seen at one place for as long as it waits.

use std::collections::HashMap;

use super::numbers;
use crate::profile::{Process, Profile};

/// Part of the busy time below which waits are not told from how coarsely processor time is known.
const LEAST: f64 = 0.1;

/// The same beyond which it is said, since little else can be told then.
const MUCH: f64 = 0.25;

/// The waits of one recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Waits {
    /// Part of the busy samples in which a thread waited, 0 to 1.
    pub(super) part: f64,
    /// Samples that one wait lasts, the mean.
    length: f64,
}

impl Waits {
    /// Nobody waited, or it is not known.
    pub(super) const NONE: Self = Self { part: 0.0, length: 0.0 };

    /// Those of all processes that were seen often enough to tell.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut busy: HashMap<u32, u64> = HashMap::new();
        for count in profile.counts.iter().filter(|count| count.state.on_cpu) {
            let pid = profile.threads[count.thread as usize].pid;
            *busy.entry(pid).or_default() += count.samples;
        }
        let sample = profile.timing.sample_seconds() / profile.kept_part();
        let (mut wanted, mut had, mut preemptions) = (0.0, 0.0, 0);
        for process in &profile.processes {
            let samples = busy.get(&process.pid).copied().unwrap_or_default();
            let Some(part) = observed_part(process).filter(|_| samples > 0) else { continue };
            wanted += samples as f64 * sample * part;
            had += process.cpu_seconds;
            preemptions += process.preemptions;
        }
        let part = 1.0 - had / wanted;
        if wanted <= 0.0 || part < LEAST {
            return Self::NONE;
        }
        // The last one was not over yet.
        Self { part, length: wanted * part / sample / (preemptions + 1) as f64 }
    }

    /// By how much the variance of a number of samples is larger than that of independent ones: waits
    /// are of any length, some few of a multiple of the mean.
    pub(super) fn dispersion(self) -> f64 {
        1.0 - self.part + self.part * (2.0 * self.length).max(1.0)
    }

    /// That it was so much that little can be told.
    pub(super) fn warning(self) -> Option<String> {
        let part = numbers::percent(self.part);
        let text = format!("threads waited for a processor in {part} of their busy time");
        (self.part > MUCH).then(|| {
            format!(
                "{text}, which hides small changes. Where they waited is not known: most of all where \
                 they wake others or are woken (send, lock, poll), and a change there may be of waits \
                 alone."
            )
        })
    }
}

/// The part of a process's life between the first and the last look at it.
fn observed_part(process: &Process) -> Option<f64> {
    let looks = process.observations.checked_sub(1).filter(|&looks| looks > 0)?;
    let between = process.last_seen - process.first_seen;
    Some(between / (between + between / f64::from(looks)))
}
