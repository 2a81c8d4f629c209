//! How much of a recording its threads waited for a processor that others had: of that, one run has
//! more than the next, and it may all have been at one place, while others were busy.

use std::collections::HashMap;

use super::numbers;
use crate::profile::{Process, Profile};

/// Part of the busy time below which waits are not told from how coarsely processor time is known.
const LEAST: f64 = 0.1;

/// The waits of one recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Waits {
    /// Part of the busy samples in which a thread waited, 0 to 1.
    part: f64,
    /// So many samples.
    pub(super) samples: u64,
}

impl Waits {
    /// Nobody waited, or it is not known.
    pub(super) const NONE: Self = Self { part: 0.0, samples: 0 };

    /// Those of all processes that were seen often enough to tell.
    pub(super) fn of(profile: &Profile) -> Self {
        let mut busy: HashMap<u32, u64> = HashMap::new();
        for count in profile.counts.iter().filter(|count| count.state.on_cpu) {
            let pid = profile.threads[count.thread as usize].pid;
            *busy.entry(pid).or_default() += count.samples;
        }
        let sample = profile.timing.sample_seconds() / profile.kept_part();
        let (mut wanted, mut had) = (0.0, 0.0);
        for process in &profile.processes {
            let samples = busy.get(&process.pid).copied().unwrap_or_default();
            let Some(part) = observed_part(process).filter(|_| samples > 0) else { continue };
            wanted += samples as f64 * sample * part;
            had += process.cpu_seconds;
        }
        let part = 1.0 - had / wanted;
        if wanted <= 0.0 || part < LEAST {
            return Self::NONE;
        }
        let samples = busy.values().sum::<u64>() as f64 * part;
        Self { part, samples: samples.round() as u64 }
    }

    /// That it was so much that no smaller change can be told; `amount` is what it comes to.
    pub(super) fn warning(self, amount: &str) -> Option<String> {
        let part = numbers::percent(self.part);
        (self.samples > 0).then(|| {
            format!(
                "threads waited for a processor in {part} of their busy time. Where is not known: a \
                 change of up to {amount} at one place may be of waits alone."
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
