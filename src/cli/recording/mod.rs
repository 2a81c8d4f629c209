//! The recording loop that `run`, `attach` and `record` share.

mod herd;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use herd::Herd;

use super::progress::Progress;
use crate::profile::{Machine, Process, Profile, Target, Timing};
use crate::record::{Facts, Recorder};
use crate::sample::AttachError;
use crate::sample::clock::Ticker;
use crate::sample::promptness::wake_me_soon;
use crate::target::tree::Tree;
use crate::target::{Identity, command_line, machine, working_directory};
use crate::text::Untrusted;

/// How often new children are looked for before the first interpreter is up: most launchers take
/// a fraction of a second, and what runs on without Python should not be burdened.
const EAGER: Duration = Duration::from_millis(10);

/// How long to look that often.
const EAGERNESS: Duration = Duration::from_secs(2);

/// How often new children are looked for while sampling.
const DISCOVERY: Duration = Duration::from_millis(100);

/// How often every process of the tree is observed.
const OBSERVATION: Duration = Duration::from_millis(250);

/// What to record.
#[derive(Debug)]
pub(super) struct Plan {
    /// The process, and with it its descendants.
    pub(super) root: Arc<Identity>,
    /// Sweeps a second.
    pub(super) rate_hz: f64,
    /// How long; until the process ends, when there is no saying.
    pub(super) duration: Option<Duration>,
    /// Whether descendants are sampled too.
    pub(super) follow: bool,
    /// Whether to wait for a Python to come, be it as long as the process lives.
    pub(super) patient: bool,
}

/// Why a recording came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The time was over.
    Elapsed,
    /// We were asked to stop.
    Stopped,
    /// The process ended.
    TargetEnded,
    /// There was nobody to sample.
    Nobody,
}

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
}

/// Records until the plan is fulfilled or `stop` says so.
pub(super) fn record(plan: &Plan, stop: impl Fn() -> bool, progress: &Progress) -> Recording {
    let session = Session::new(plan);
    session.run(&stop, progress)
}

struct Session<'a> {
    plan: &'a Plan,
    target: Target,
    machine: Machine,
    tree: Tree,
    herd: Herd,
    recorder: Recorder,
    names: HashMap<(u32, u32), Untrusted>,
    timing: Timing,
}

impl<'a> Session<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            target: Target::default(),
            machine: Machine::default(),
            tree: Tree::new(Arc::clone(&plan.root)),
            herd: Herd::new(Arc::clone(&plan.root)),
            recorder: Recorder::default(),
            names: HashMap::new(),
            timing: Timing { rate_hz: plan.rate_hz, ..Timing::default() },
        }
    }

    fn run(mut self, stop: &impl Fn() -> bool, progress: &Progress) -> Recording {
        self.learn_target();
        let ending = match self.await_interpreter(stop, progress) {
            Some(ending) => ending,
            None => self.sample(stop, progress),
        };
        progress.clear();
        self.finish(ending)
    }

    /// Waits until there is somebody to sample; otherwise says why there will not be.
    fn await_interpreter(
        &mut self,
        stop: &impl Fn() -> bool,
        progress: &Progress,
    ) -> Option<Ending> {
        progress.waiting();
        let start = Instant::now();
        loop {
            if stop() {
                return Some(Ending::Stopped);
            }
            self.discover();
            self.herd.tend();
            if !self.plan.patient && self.herd.is_hopeless(self.plan.root.pid()) {
                return Some(Ending::Nobody);
            }
            if self.herd.is_sampling() {
                return None;
            }
            let nap = if start.elapsed() < EAGERNESS { EAGER } else { DISCOVERY };
            if self.plan.root.ends_within(nap) {
                return Some(Ending::TargetEnded);
            }
        }
    }

    fn sample(&mut self, stop: &impl Fn() -> bool, progress: &Progress) -> Ending {
        self.learn_target();
        wake_me_soon();
        let start = Instant::now();
        self.timing.started_ns = nanoseconds_since_epoch();
        let mut ticker = Ticker::new(self.plan.rate_hz);
        let mut discovery = Every::new(DISCOVERY);
        let mut observation = Every::new(OBSERVATION);
        let is_over = || self.plan.duration.is_some_and(|duration| start.elapsed() >= duration);
        let root = Arc::clone(&self.plan.root);
        let is_done = || stop() || is_over() || !root.is_running();
        while let Some(tick) = ticker.wait_unless(is_done) {
            self.timing.missed += tick.missed;
            self.timing.sweeps += 1;
            self.herd.sweep(&mut self.recorder);
            if discovery.is_due(tick.at) {
                self.discover();
                self.herd.tend();
            }
            if observation.is_due(tick.at) {
                self.tree.observe(tick.at.as_secs_f64());
                self.learn_thread_names();
                progress.show(start.elapsed(), self.recorder.samples(), self.recorder.lost());
            }
        }
        self.timing.seconds = start.elapsed().as_secs_f64();
        match (root.is_running(), stop()) {
            (false, _) => Ending::TargetEnded,
            (true, true) => Ending::Stopped,
            (true, false) => Ending::Elapsed,
        }
    }

    fn discover(&mut self) {
        self.herd.recheck_images();
        for identity in self.tree.discover() {
            if self.plan.follow {
                self.herd.adopt(identity);
            }
        }
    }

    /// The arguments are those of the interpreter, once the launcher has turned into it.
    fn learn_target(&mut self) {
        let pid = self.plan.root.pid();
        let command = command_line(pid);
        if self.plan.root.is_running() && !command.is_empty() {
            let directory = working_directory(pid);
            self.target = Target { pid, command, directory, python: None };
            self.machine = machine::of_process(pid);
        }
        self.target.pid = pid;
    }

    fn learn_thread_names(&mut self) {
        for &(pid, tid) in self.recorder.threads() {
            if let Some(name) = self.herd.thread_name(pid, tid) {
                self.names.insert((pid, tid), name);
            }
        }
    }

    fn finish(mut self, ending: Ending) -> Recording {
        self.learn_thread_names();
        let root = self.plan.root.pid();
        let python_of =
            |process: Process| Process { python: self.herd.python(process.pid), ..process };
        let processes: Vec<Process> = self.tree.processes().into_iter().map(python_of).collect();
        let python =
            self.herd.python(root).or_else(|| processes.iter().find_map(|process| process.python));
        let obstacle = self.herd.obstacle(root);
        let descendants = self.tree.descendants();
        let profile = self.recorder.finish(Facts {
            target: Target { python, ..self.target },
            timing: self.timing,
            machine: self.machine,
            processes,
            thread_names: self.names,
        });
        Recording { profile, ending, descendants, obstacle }
    }
}

fn nanoseconds_since_epoch() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64)
}

/// Something that is done once in a period.
struct Every {
    period: Duration,
    next: Duration,
}

impl Every {
    fn new(period: Duration) -> Self {
        Self { period, next: Duration::ZERO }
    }

    fn is_due(&mut self, now: Duration) -> bool {
        let is_due = now >= self.next;
        if is_due {
            self.next = now + self.period;
        }
        is_due
    }
}
