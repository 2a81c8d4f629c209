//! What follows from a finding's parts.

use advisors::{Place, Worth};

use super::{Finding, snippet};
use crate::profile::Location;

impl Finding {
    /// Whether the process showed anything of it.
    pub fn is_seen(&self) -> bool {
        !self.evidence.is_empty()
    }

    /// Where its time is spent.
    pub fn extent(&self) -> Place {
        self.definition.unwrap_or(self.place)
    }

    /// Whether its time is spent at a location, or in what that calls.
    pub fn covers(&self, location: &Location) -> bool {
        self.file == location.code.file && self.extent().contains(location.place)
    }

    /// The share of the run that the fix is expected to save, when it is one of time.
    pub fn saving(&self) -> Option<f64> {
        match self.worth {
            Worth::Time(gain) if gain.saved_high > 0.0 => Some(gain.saved),
            Worth::Time(_) | Worth::Memory(_) | Worth::Correctness => None,
        }
    }

    /// The same, where it is sure to save something: a question may save nothing.
    pub fn sure_saving(&self) -> Option<f64> {
        match self.worth {
            Worth::Time(gain) if gain.saved_low > 0.0 => Some(gain.saved),
            Worth::Time(_) | Worth::Memory(_) | Worth::Correctness => None,
        }
    }

    /// The text of the slow expression; where no columns are known, of its line. `None` when the
    /// file has no such place.
    pub fn snippet(&self) -> Option<&str> {
        snippet::of(self.source.data(), self.place)
    }

    /// What findings are sorted by, smallest first: those about time by what they save, the seen ones
    /// before the questions; then those about memory, then those about right results by their share.
    pub(super) fn rank(&self) -> f64 {
        match self.worth {
            Worth::Time(gain) if self.is_seen() => -gain.saved,
            Worth::Time(gain) => 1.0 - gain.saved,
            Worth::Memory(bytes) => 2.0 + 1.0 / (1.0 + bytes.value as f64),
            Worth::Correctness => 4.0 - self.heat.share,
        }
    }
}
