//! How the recording went.

use super::pprof as pb;

/// How the recording went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    /// Recordings that it was merged of; 0 where that was not counted yet, as of one.
    pub recordings: u32,
    /// Wall-clock start, in nanoseconds since the Unix epoch.
    pub started_ns: u64,
    /// Length in seconds.
    pub seconds: f64,
    /// Sweeps a second that were asked for.
    pub rate_hz: f64,
    /// Instants at which the whole tree was looked at.
    pub sweeps: u64,
    /// Instants that passed before the sampler was ready for them.
    pub missed: u64,
    /// Samples dropped because the stack changed under the read.
    pub torn: u64,
    /// Samples dropped because memory could not be read.
    pub unreadable: u64,
    /// Of those, of stacks deeper than `limits::PYSPY_FRAMES`, in CPython 3.10 and earlier.
    pub too_deep: u64,
    /// Samples of stacks that were deeper than `limits::FRAMES`, of which frames were left out.
    pub truncated: u64,
    /// Samples whose rare stack or thread was told more briefly, to bound the recording.
    pub shortened: u64,
    /// Processes that were never sampled because `limits::SAMPLED_PROCESSES` others were.
    pub left_out: u64,
    /// Processes in which no Python was found.
    pub without_python: u64,
    /// Processes that were over before they could be sampled.
    pub too_short: u64,
    /// Processes whose Python could not be read: it is too old or too new, its stacks are too deep, or
    /// rights are missing.
    pub unread: u64,
    /// Processes that were not sampled since as many files as the sampler may open were.
    pub unopened: u64,
    /// Looks that were not taken at a process that was there, since it was not attached to yet: it was
    /// only just started, or had turned into another program.
    pub unattached: u64,
    /// Sweeps that saw nobody busy while there was such a process: they do not tell that the program
    /// waited, and are no part of the run that shares are of.
    pub blind: u64,
    /// Busy samples beyond the first of their sweep: time that the run did not take, since it went by
    /// beside other.
    pub at_once: u64,
    /// Processes that were sampled only after they had waited for the place of another.
    pub kept_waiting: u64,
    /// Sweeps in which those and the ones left out waited, each counted.
    pub waited: u64,
    /// All sweeps in which they were there, each counted.
    pub waited_of: u64,
    /// Whether the processes were held still for every look at them.
    pub exact: bool,
    /// How long they were held for that, over all sweeps and processes, in seconds.
    pub stopped_seconds: f64,
    /// The longest that one was held, in seconds.
    pub longest_stop: f64,
    /// Processor time that the sampler itself took for all this, in seconds; 0 when it is not told.
    pub own_seconds: f64,
    /// Whether somebody ended it before the program did: it is as long as they chose.
    pub cut_off: bool,
}

impl Timing {
    /// Whether it is known how much time a sample stands for: folded stacks of other tools do not tell.
    pub fn tells_time(&self) -> bool {
        self.sample_seconds() > 0.0
    }

    /// Recordings that it was merged of, at least one.
    pub fn merged(&self) -> u32 {
        self.recordings.max(1)
    }

    /// Sweeps that tell whether the program waited.
    pub fn telling_sweeps(&self) -> u64 {
        self.sweeps.saturating_sub(self.blind)
    }

    /// Wall-clock time that one sample stands for, in seconds: what the sweeps really were apart,
    /// or what was asked for when there were none.
    pub fn sample_seconds(&self) -> f64 {
        if self.sweeps > 0 && self.seconds > 0.0 {
            self.seconds / self.sweeps as f64
        } else if self.rate_hz > 0.0 {
            1.0 / self.rate_hz
        } else {
            0.0
        }
    }
}

impl From<&Timing> for pb::Timing {
    fn from(timing: &Timing) -> Self {
        Self {
            recordings: timing.recordings,
            started_ns: timing.started_ns,
            seconds: timing.seconds,
            rate_hz: timing.rate_hz,
            sweeps: timing.sweeps,
            missed: timing.missed,
            torn: timing.torn,
            unreadable: timing.unreadable,
            too_deep: timing.too_deep,
            truncated: timing.truncated,
            shortened: timing.shortened,
            exact: timing.exact,
            stopped_seconds: timing.stopped_seconds,
            longest_stop: timing.longest_stop,
            own_seconds: timing.own_seconds,
            cut_off: timing.cut_off,
            left_out: timing.left_out,
            without_python: timing.without_python,
            too_short: timing.too_short,
            unread: timing.unread,
            unopened: timing.unopened,
            unattached: timing.unattached,
            blind: timing.blind,
            at_once: timing.at_once,
            kept_waiting: timing.kept_waiting,
            waited: timing.waited,
            waited_of: timing.waited_of,
        }
    }
}

impl From<&pb::Timing> for Timing {
    fn from(timing: &pb::Timing) -> Self {
        Self {
            recordings: timing.recordings,
            started_ns: timing.started_ns,
            seconds: timing.seconds,
            rate_hz: timing.rate_hz,
            sweeps: timing.sweeps,
            missed: timing.missed,
            torn: timing.torn,
            unreadable: timing.unreadable,
            too_deep: timing.too_deep,
            truncated: timing.truncated,
            shortened: timing.shortened,
            exact: timing.exact,
            stopped_seconds: timing.stopped_seconds,
            longest_stop: timing.longest_stop,
            own_seconds: timing.own_seconds,
            cut_off: timing.cut_off,
            left_out: timing.left_out,
            without_python: timing.without_python,
            too_short: timing.too_short,
            unread: timing.unread,
            unopened: timing.unopened,
            unattached: timing.unattached,
            blind: timing.blind,
            at_once: timing.at_once,
            kept_waiting: timing.kept_waiting,
            waited: timing.waited,
            waited_of: timing.waited_of,
        }
    }
}
