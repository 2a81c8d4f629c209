//! The recording that `run`, `attach` and `record` share: a session, folded into a profile.

mod herd;
mod member;
mod session;

use std::collections::HashMap;
use std::sync::Arc;

pub(super) use session::{Audience, Ended, Ending, Moment, Plan, Session};

use super::progress::Progress;
use crate::limits;
use crate::profile::Profile;
use crate::record::{Facts, Recorder};
use crate::sample::clock::Tick;
use crate::sample::{AttachError, Sweep};
use crate::target::Identity;
use crate::target::root::Root;
use crate::text::Untrusted;

/// What came of it.
#[derive(Debug)]
pub(super) struct Recording {
    /// What was recorded; without samples when nobody was.
    pub(super) profile: Profile,
    /// Why it ended.
    pub(super) ending: Ending,
    /// The processes below it that ran in the end.
    pub(super) descendants: Vec<Arc<Identity>>,
    /// Why the process itself was not sampled.
    pub(super) obstacle: Option<AttachError>,
    /// Where the file system of the first that was sampled in a container begins.
    pub(super) root_folder: Option<Root>,
}

/// Records until the plan is fulfilled or `stop` says so.
pub(super) fn record(plan: &Plan, stop: impl Fn() -> bool, progress: &Progress) -> Recording {
    let (recorder, names) = (Recorder::default(), HashMap::new());
    let mut scribe = Scribe { recorder, at: 0.0, names, progress };
    let ended = Session::new(plan, &mut scribe).run(&stop);
    progress.clear();
    let Scribe { recorder, names, .. } = scribe;
    let profile = recorder.finish(Facts {
        target: ended.target,
        timing: ended.timing,
        machine: ended.machine,
        processes: ended.processes,
        thread_names: names,
    });
    let (ending, descendants, obstacle) = (ended.ending, ended.descendants, ended.obstacle);
    let root_folder = ended.root_folder;
    Recording { profile, ending, descendants, obstacle, root_folder }
}

/// Writes down what is sampled.
struct Scribe<'a> {
    recorder: Recorder,
    /// When the sweep began, in seconds since the first.
    at: f64,
    names: HashMap<(u32, u32), Untrusted>,
    progress: &'a Progress,
}

impl Audience for Scribe<'_> {
    fn waiting(&mut self) {
        self.progress.waiting();
    }

    fn ticked(&mut self, tick: Tick) {
        self.at = tick.at.as_secs_f64();
    }

    fn swept(&mut self, pid: u32, sweep: Sweep) {
        self.recorder.add(pid, self.at, sweep);
    }

    fn glanced(&mut self, pid: u32, resident: u64) {
        self.recorder.glance_at_memory(pid, self.at, resident);
    }

    fn observed(&mut self, moment: &Moment<'_>) {
        for (pid, tid) in self.recorder.fresh_threads() {
            if let Some(name) = moment.thread_name(pid, tid) {
                self.names.insert((pid, tid), name);
            }
        }
        if self.names.len() > limits::RECORDED_THREADS {
            self.names.retain(|&thread, _| self.recorder.knows(thread));
        }
        let at = moment.elapsed.as_secs_f64();
        for &(pid, resident, peak) in &moment.memory {
            self.recorder.look_at_memory(pid, at, resident, peak);
        }
        self.progress.show(moment.elapsed, self.recorder.samples(), self.recorder.lost());
    }
}
