//! One session of sampling a process and those below it, whoever listens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use rustix::time::{ClockId, clock_gettime};

use super::glances::{Asked, Glance, Glances};
use super::herd::{Herd, Unattached};
use super::moment::{Moment, unsampled};
use crate::profile::{Machine, Process, Target, Timing};
use crate::sample::clock::{Tick, Ticker};
use crate::sample::promptness::wake_me_soon;
use crate::sample::{AttachError, Sweep};
use crate::target::root::Root;
use crate::target::tree::Tree;
use crate::target::{Identity, command_line, machine, nanoseconds_since_epoch, working_directory};
use crate::text::Untrusted;

/// How often new children are looked for before the first interpreter is up: most launchers take
/// a fraction of a second, and what runs on without Python should not be burdened.
const EAGER: Duration = Duration::from_millis(10);

/// How long to look that often.
const EAGERNESS: Duration = Duration::from_secs(2);

/// How often new children are looked for while sampling.
const DISCOVERY: Duration = Duration::from_millis(100);

/// How often it is seen to those that are to be attached to.
const ATTENTION: Duration = Duration::from_millis(5);

/// How often every process of the tree is observed.
const OBSERVATION: Duration = Duration::from_millis(250);

/// How often it is glanced at how much memory each sampled process has.
const GLANCE: Duration = Duration::from_millis(5);

/// How often threads are asked for their names as soon as they are met: those that live for a moment
/// only have none later. It is as much work as a sweep.
const NAMING: Duration = Duration::from_millis(10);

/// What to record.
#[derive(Debug)]
pub(in crate::cli) struct Plan {
    /// The process, and with it its descendants.
    pub(in crate::cli) root: Arc<Identity>,
    /// Sweeps a second.
    pub(in crate::cli) rate_hz: f64,
    /// How long; until the process ends, when there is no saying.
    pub(in crate::cli) duration: Option<Duration>,
    /// Whether processes are held still for each sweep.
    pub(in crate::cli) exact: bool,
    /// Whether descendants are sampled too.
    pub(in crate::cli) follow: bool,
    /// Whether to wait for a Python to come, be it as long as the process lives.
    pub(in crate::cli) patient: bool,
}

/// Why a recording came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Ending {
    /// The time was over.
    Elapsed,
    /// We were asked to stop.
    Stopped,
    /// The process ended.
    TargetEnded,
    /// There was nobody to sample.
    Nobody,
}

/// Who is told what is sampled, as it comes.
pub(in crate::cli) trait Audience {
    /// Nobody is sampled yet.
    fn waiting(&mut self, target: &Target);
    /// A sweep begins.
    fn ticked(&mut self, _tick: Tick) {}
    /// Process `pid` was looked at.
    fn swept(&mut self, pid: u32, sweep: Sweep);
    /// What was seen of the memory of process `pid` right after that.
    fn glanced(&mut self, _pid: u32, _glance: Glance) {}
    /// Processes with threads that were not met before, and that are worth a name of their own.
    fn nameless(&mut self) -> Vec<u32> {
        Vec::new()
    }
    /// What process `pid` calls its threads.
    fn named(&mut self, _pid: u32, _names: HashMap<u32, Untrusted>) {}
    /// How the session stands, told a few times a second and once at its end.
    fn observed(&mut self, moment: &Moment<'_>);
}

/// What is known when a session has come to its end, beside the samples.
pub(in crate::cli) struct Ended {
    /// Why it ended.
    pub(in crate::cli) ending: Ending,
    /// Who was sampled.
    pub(in crate::cli) target: Target,
    /// What it ran on.
    pub(in crate::cli) machine: Machine,
    /// What was asked for, reached and missed.
    pub(in crate::cli) timing: Timing,
    /// The processes seen.
    pub(in crate::cli) processes: Vec<Process>,
    /// The processes below it that ran in the end.
    pub(in crate::cli) descendants: Vec<Arc<Identity>>,
    /// Why the process itself was not sampled.
    pub(in crate::cli) obstacle: Option<AttachError>,
    /// Where the file system of the first that was sampled in a container begins.
    pub(in crate::cli) root_folder: Option<Root>,
}

/// Samples by plan, and tells its audience.
pub(in crate::cli) struct Session<'a, A> {
    plan: &'a Plan,
    audience: &'a mut A,
    target: Target,
    machine: Machine,
    tree: Tree,
    herd: Herd,
    root_folder: Option<Root>,
    timing: Timing,
    /// Sweeps since one that saw somebody busy, but for blind ones.
    idle: u64,
}

impl<'a, A: Audience> Session<'a, A> {
    /// A session that has not begun.
    pub(in crate::cli) fn new(plan: &'a Plan, audience: &'a mut A) -> Self {
        let tree = Tree::new(Arc::clone(&plan.root));
        // Only a program that we started is waited for.
        let tree = if plan.patient { tree.with_orphans() } else { tree };
        Self {
            plan,
            audience,
            target: Target::default(),
            machine: Machine::default(),
            tree,
            root_folder: None,
            herd: Herd::new(Arc::clone(&plan.root), plan.exact),
            timing: Timing { rate_hz: plan.rate_hz, exact: plan.exact, ..Timing::default() },
            idle: 0,
        }
    }

    /// Samples until the plan is fulfilled or `stop` says so.
    pub(in crate::cli) fn run(mut self, stop: &impl Fn() -> bool) -> Ended {
        self.learn_target();
        let ending = match self.await_interpreter(stop) {
            Some(ending) => ending,
            None => self.sample(stop),
        };
        self.finish(ending)
    }

    /// Waits until there is somebody to sample; otherwise says why there will not be.
    fn await_interpreter(&mut self, stop: &impl Fn() -> bool) -> Option<Ending> {
        self.audience.waiting(&self.target);
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

    fn sample(&mut self, stop: &impl Fn() -> bool) -> Ending {
        self.learn_target();
        wake_me_soon();
        let (start, own) = (Instant::now(), processor_time());
        self.timing.started_ns = nanoseconds_since_epoch(SystemTime::now());
        let mut ticker = Ticker::new(self.plan.rate_hz);
        let mut discovery = Every::new(DISCOVERY);
        let mut attention = Every::new(ATTENTION);
        let mut observation = Every::new(OBSERVATION);
        let mut glance = Every::new(GLANCE);
        let mut naming = Every::new(NAMING);
        let mut glances = Glances::default();
        let is_over = || self.plan.duration.is_some_and(|duration| start.elapsed() >= duration);
        let root = Arc::clone(&self.plan.root);
        let is_done = || stop() || is_over() || !root.is_running();
        while let Some(tick) = ticker.wait_unless(is_done) {
            self.timing.missed += tick.missed;
            self.timing.sweeps += 1;
            self.audience.ticked(tick);
            let is_glance = glance.is_due(tick.at);
            let (mut is_busy, mut busy) = (false, 0_u64);
            let unattached = self.herd.sweep(|pid, sweep| {
                let seen = sweep.samples.iter().filter(|it| it.state.is_busy()).count();
                busy += seen as u64;
                is_busy |= sweep.torn > 0 || sweep.too_deep > 0 || seen > 0;
                let asked = is_glance.then(|| Asked::of(&sweep)).flatten();
                self.audience.swept(pid, sweep);
                if let Some(glance) = asked.and_then(|asked| glances.at(pid, &asked)) {
                    self.audience.glanced(pid, glance);
                }
            });
            if naming.is_due(tick.at) {
                for pid in self.audience.nameless() {
                    let names = self.herd.names_by_stack(pid);
                    self.audience.named(pid, names);
                }
            }
            self.timing.at_once += busy.saturating_sub(1);
            self.account_for(unattached, is_busy);
            if discovery.is_due(tick.at) {
                self.discover();
                self.herd.tend();
            } else if attention.is_due(tick.at) {
                self.herd.hurry();
            }
            if observation.is_due(tick.at) {
                self.tree.observe(tick.at.as_secs_f64());
                let memory: Vec<_> = self.tree.memory().collect();
                glances.keep_only(|pid| memory.iter().any(|&(known, ..)| known == pid));
                self.tell(start.elapsed(), memory);
            }
        }
        self.timing.seconds = start.elapsed().as_secs_f64();
        self.timing.own_seconds = processor_time().saturating_sub(own).as_secs_f64();
        match (root.is_running(), stop()) {
            (false, _) => Ending::TargetEnded,
            (true, true) => Ending::Stopped,
            (true, false) => Ending::Elapsed,
        }
    }

    /// Counts what a sweep could not look at. One that saw nobody busy while there was somebody whom it
    /// could not see does not tell that the program waited.
    fn account_for(&mut self, Unattached { now, early }: Unattached, is_busy: bool) {
        let timing = &mut self.timing;
        timing.unattached += now + early;
        let blind = early.min(self.idle);
        timing.blind += blind;
        self.idle -= blind;
        match (is_busy, now > 0) {
            (true, _) => self.idle = 0,
            (false, true) => timing.blind += 1,
            (false, false) => self.idle += 1,
        }
    }

    /// Sweeps that there were since a process came to be.
    fn sweeps_since(&self, birth: &Identity) -> u64 {
        ((birth.age().as_secs_f64() * self.plan.rate_hz) as u64).min(self.timing.sweeps)
    }

    fn discover(&mut self) {
        self.learn_pythons();
        self.herd.recheck_images();
        for identity in self.tree.discover() {
            if self.plan.follow {
                let early = self.sweeps_since(&identity);
                self.herd.adopt(identity, early);
            }
        }
    }

    fn learn_pythons(&mut self) {
        for (pid, python) in self.herd.take_pythons() {
            self.tree.learn_python(pid, python);
            self.root_folder = self.root_folder.take().or_else(|| Root::of(pid));
        }
    }

    /// The arguments are those of the interpreter, once the launcher has turned into it.
    fn learn_target(&mut self) {
        let pid = self.plan.root.pid();
        let command = command_line(pid);
        if self.plan.root.is_running() && !command.is_empty() {
            let directory = working_directory(pid);
            self.target = Target { pid, command, directory, ..Target::default() };
            self.machine = machine::of_process(pid);
        }
        self.target.pid = pid;
    }

    fn tell(&mut self, elapsed: Duration, memory: Vec<(u32, u64, u64)>) {
        self.learn_pythons();
        let Self { plan, audience, target, herd, tree, .. } = self;
        let (rate_hz, follows) = (plan.rate_hz, plan.follow);
        audience.observed(&Moment { elapsed, target, rate_hz, memory, herd, tree, follows });
    }

    fn finish(mut self, ending: Ending) -> Ended {
        self.tell(Duration::from_secs_f64(self.timing.seconds), Vec::new());
        let root = self.plan.root.pid();
        let (processes, python) = (self.tree.processes(), self.tree.python());
        let unsampled = unsampled(&self.herd, &self.tree, self.plan.follow);
        let timing = Timing {
            left_out: unsampled.left_out,
            without_python: unsampled.without_python,
            too_short: unsampled.too_short,
            unread: unsampled.unread,
            unopened: unsampled.unopened,
            kept_waiting: unsampled.kept_waiting,
            waited: unsampled.waited.0,
            waited_of: unsampled.waited.1,
            ..self.timing
        };
        Ended {
            ending,
            target: Target { python, ..self.target },
            machine: self.machine,
            timing,
            processes,
            descendants: self.tree.descendants(),
            obstacle: self.herd.obstacle(root),
            root_folder: self.root_folder,
        }
    }
}

/// What this process has had of the processors.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
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
