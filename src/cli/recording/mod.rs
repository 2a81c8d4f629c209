//! The recording that `run`, `attach` and `record` share: a session, folded into a profile.

mod glances;
mod herd;
mod member;
mod moment;
mod session;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) use glances::Glance;
pub(super) use member::Unsampled;
pub(super) use moment::Moment;
pub(super) use session::{Audience, Ended, Ending, Plan, Session};

use super::progress::Progress;
use crate::limits;
use crate::profile::{Profile, Target};
use crate::record::{Facts, Recorder};
use crate::sample::clock::Tick;
use crate::sample::{AttachError, Sweep};
use crate::target::root::Root;
use crate::target::{Identity, kernel_name};
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
    let (met, nameless) = (HashMap::new(), BTreeSet::new());
    let mut scribe = Scribe { recorder, at: 0.0, names, met, nameless, progress };
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
    /// Threads that were sampled; each is asked for its name at once, and only once. And whether it
    /// had one then.
    met: HashMap<(u32, u32), bool>,
    /// Processes with threads that were not asked yet.
    nameless: BTreeSet<u32>,
    progress: &'a Progress,
}

impl Audience for Scribe<'_> {
    fn waiting(&mut self, _target: &Target) {
        self.progress.waiting();
    }

    fn ticked(&mut self, tick: Tick) {
        self.at = tick.at.as_secs_f64();
    }

    fn swept(&mut self, pid: u32, sweep: Sweep) {
        for tid in sweep.samples.iter().map(|sample| sample.thread) {
            if tid != pid && !self.met.contains_key(&(pid, tid)) {
                self.met.insert((pid, tid), false);
                self.nameless.insert(pid);
            }
        }
        self.recorder.add(pid, self.at, sweep);
    }

    fn glanced(&mut self, pid: u32, Glance { resident, faults }: Glance) {
        self.recorder.glance_at_memory(pid, self.at, resident, &faults);
    }

    fn nameless(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.nameless).into_iter().collect()
    }

    fn named(&mut self, pid: u32, names: HashMap<u32, Untrusted>) {
        for (tid, name) in names {
            if let Some(is_named) = self.met.get_mut(&(pid, tid)) {
                *is_named = true;
                self.names.insert((pid, tid), name);
            }
        }
    }

    fn observed(&mut self, moment: &Moment<'_>) {
        for (pid, tid) in self.recorder.fresh_threads() {
            let is_named = self.met.get(&(pid, tid)).is_some_and(|it| *it);
            if let Some(name) = moment.thread_name(pid, tid) {
                // A thread may have changed its name since; the kernel's is no better than none.
                if !is_named || kernel_name(pid, tid).is_some_and(|kernels| kernels != name) {
                    self.names.insert((pid, tid), name);
                }
            }
        }
        if self.names.len() > limits::RECORDED_THREADS {
            self.names.retain(|&thread, _| self.recorder.knows(thread));
        }
        if self.met.len() > limits::RECORDED_THREADS {
            self.met.retain(|&thread, _| self.recorder.knows(thread));
        }
        let at = moment.elapsed.as_secs_f64();
        for &(pid, resident, peak) in &moment.memory {
            self.recorder.look_at_memory(pid, at, resident, peak);
        }
        self.progress.show(moment.elapsed, self.recorder.samples(), self.recorder.lost());
    }
}
