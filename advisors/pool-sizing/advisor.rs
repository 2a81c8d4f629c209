//! A process pool with more workers than there are processors to run them, or far fewer.

mod construct;

use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::shape::Tree;
use crate::{Advisor, Case, Edit, Evidence, Finding, Fix, Gain, Heat, Pool, Ratio, Safety, Worth};
use construct::{Construct, Size};

/// Runnable threads for each processor from which a pool is too large.
const CROWDED: f64 = 1.25;

/// Part of the processors that the workers must get. Where other programs leave them less, workers
/// that hardly compute are ready to run all the time as well.
const OWN: f64 = 0.1;

/// Part of the time that workers must be running to be called busy all the time.
const BUSY: f64 = 0.9;

/// Processors for each worker from which a pool is too small.
const ROOMY: f64 = 2.0;

/// Times faster that the pair has surely to be with as many workers for each processor: what others save
/// depends on how long their tasks are.
const WORTH_CHANGING: f64 = 1.2;

/// Part of the time that workers must be ready to run for them to be a crowd: fewer of those that mostly
/// wait would do less.
const MOSTLY_READY: f64 = 0.5;

/// Samples below which a share says nothing.
const MIN_SAMPLES: u64 = 10;

pub(crate) struct PoolSizing;

impl Advisor for PoolSizing {
    fn saves_elapsed(&self) -> bool {
        true
    }

    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let finding = || {
            let crew = Crew::of(case.pool?)?;
            // The parent waits while its workers work: their share counts, not the construct's.
            let workers = crew.pool.busy_samples.min(case.busy_samples);
            let heat = Heat::of(workers, workers, case.busy_samples);
            if workers < MIN_SAMPLES {
                return None;
            }
            let tree = case.tree;
            let made = construct::find(tree, crew.pool)?;
            if crew.is_crowded() {
                crew.crowded(case, tree, &made, heat)
            } else if crew.is_lonely() {
                crew.lonely(&made, heat)
            } else {
                None
            }
        };
        finding().into_iter().collect()
    }
}

/// The workers that were seen, and what they may run on.
struct Crew<'a> {
    pool: &'a Pool,
    /// Processors that the workers may use: the affinity mask's or the quota's.
    usable: f64,
    /// Threads of a worker that want to run at a time, on average.
    busy_threads: u32,
    /// Workers that keep the processors busy.
    enough: u32,
}

impl<'a> Crew<'a> {
    fn of(pool: &'a Pool) -> Option<Self> {
        if pool.workers < 2 || pool.cpus == 0 {
            return None;
        }
        let cpus = f64::from(pool.cpus);
        let usable = pool.quota.map_or(cpus, |quota| quota.min(cpus)).max(0.01);
        let each = (pool.runnable / f64::from(pool.workers)).round() as u32;
        let busy_threads = each.clamp(1, pool.threads_per_worker.max(1));
        let enough = ((usable.round() as u32) / busy_threads).max(1);
        Some(Self { pool, usable, busy_threads, enough })
    }

    fn is_crowded(&self) -> bool {
        self.pool.runnable > CROWDED * self.usable
            && self.pool.runnable >= MOSTLY_READY * self.busy()
            && self.pool.cores_used >= OWN * self.usable
            && self.enough < self.pool.workers
    }

    /// Threads that the workers keep busy.
    fn busy(&self) -> f64 {
        f64::from(self.pool.workers * self.busy_threads)
    }

    /// The same for each processor.
    fn crowd(&self) -> u64 {
        (self.busy() / self.usable).round() as u64
    }

    /// Fewer workers than half of the processors, and all of them busy all the time.
    fn is_lonely(&self) -> bool {
        let workers = f64::from(self.pool.workers);
        self.usable >= ROOMY * workers
            && self.pool.runnable >= BUSY * workers
            && self.pool.runnable <= CROWDED * workers
            && self.pool.cores_used >= BUSY * workers
    }

    fn crowded(
        &self,
        case: &Case<'_>,
        tree: &Tree<'_>,
        made: &Construct<'_>,
        heat: Heat,
    ) -> Option<Finding> {
        let crowd = self.crowd();
        if crowd < case.gains.surely_pays_from(case.python, WORTH_CHANGING)? {
            return None;
        }
        let gain = possible_gain(&heat, case.gains.ratio(case.python, crowd)?);
        let (workers, runnable) = (self.pool.workers, self.pool.runnable);
        let mut because = vec![format!(
            "On average {runnable:.1} threads of the workers ran or were ready to run, on {}.",
            self.processors()
        )];
        if self.pool.preemptions_per_second >= 1.0 {
            because.push(format!(
                "{:.0} times a second a worker lost its processor before it was done.",
                self.pool.preemptions_per_second
            ));
        }
        because.push(
            "What fewer workers save is start-up, memory and switching: each starts, loads what it \
             needs for itself and takes turns with the others. For long tasks it may be nothing."
                .to_owned(),
        );
        because.push(self.reckoning());
        let fix = self.fix(tree, made);
        if fix.is_none() {
            because.push(format!("Ask for {}.", counted(self.enough, "worker")));
        }
        gain.worth_saying().then(|| Finding {
            range: made.call.range(),
            title: match self.busy_threads {
                1 => format!("{workers} workers compete for {}", self.processors()),
                threads => format!(
                    "{workers} workers of {threads} busy threads each compete for {}",
                    self.processors()
                ),
            },
            because,
            heat,
            evidence: vec![self.crew()],
            worth: Worth::Time(gain),
            fix,
        })
    }

    fn lonely(&self, made: &Construct<'_>, heat: Heat) -> Option<Finding> {
        let workers = self.pool.workers;
        // Nothing to nearly all of the ideal may be got, as far as is known of the tasks.
        let ideal = self.usable / f64::from(workers);
        let ratio = Ratio { value: f64::midpoint(1.0, ideal), low: 1.0, high: ideal };
        let gain = Gain::of(&heat, ratio);
        let because = vec![
            format!(
                "They used {:.1} processors' worth of time, so they hardly ever waited for work.",
                self.pool.cores_used
            ),
            format!(
                "If nothing else needs the machine and memory allows, up to {} may share the tasks.",
                counted(self.enough, "worker")
            ),
        ];
        gain.worth_saying().then(|| Finding {
            range: made.call.range(),
            title: format!("{workers} workers are busy all the time, on {}", self.processors()),
            because,
            heat,
            evidence: vec![self.crew()],
            worth: Worth::Time(gain),
            fix: None,
        })
    }

    fn crew(&self) -> Evidence {
        Evidence::Fact(format!("{} on {}", counted(self.pool.workers, "worker"), self.processors()))
    }

    fn processors(&self) -> String {
        match self.pool.quota {
            Some(quota) if quota < f64::from(self.pool.cpus) => {
                format!("a quota of {quota:.1} processors")
            }
            _ => counted(self.pool.cpus, "processor"),
        }
    }

    /// Where the proposed number comes from.
    fn reckoning(&self) -> String {
        let rounded = self.usable.round().max(1.0) as u32;
        let enough = counted(self.enough, "worker");
        match self.busy_threads {
            1 => format!("A worker keeps one processor busy, so {enough} will do."),
            threads => format!(
                "A worker keeps {threads} threads busy ({} of them in all), so {enough} will do for \
                 {}; or give each worker one thread (`OMP_NUM_THREADS=1` for most numeric \
                 libraries) and start {rounded}.",
                self.pool.threads_per_worker,
                counted(rounded, "processor"),
            ),
        }
    }

    fn fix(&self, tree: &Tree<'_>, made: &Construct<'_>) -> Option<Fix> {
        let bound_by_affinity = self.busy_threads == 1 && self.usable >= f64::from(self.pool.cpus);
        let text = if bound_by_affinity && construct::imports_os(tree) {
            "len(os.sched_getaffinity(0))".to_owned()
        } else {
            self.enough.to_string()
        };
        let edit = match made.size {
            Size::Unpacked => return None,
            Size::Absent(keyword) => {
                let arguments = made.call.arguments.range();
                let comma = if made.call.arguments.is_empty() { "" } else { ", " };
                let at = arguments.start() + TextSize::from(1);
                Edit { range: TextRange::empty(at), text: format!("{keyword}={text}{comma}") }
            }
            Size::Argument(argument) => {
                let written = construct::number(tree, argument, 1).map(|(_, range)| range);
                let at = written.filter(|_| construct::has_one_use(tree, argument));
                Edit { range: at.unwrap_or(argument.range()), text }
            }
        };
        let note = "what the workers do must not depend on how many of them there are";
        Some(Fix { safety: Safety::Unsafe, note: Some(note.to_owned()), edits: vec![edit] })
    }
}

/// The pair's workers cost some milliseconds to start and load, in a short run; those of another
/// program may cost next to nothing of a long one. So the saving lies anywhere from nothing to what
/// was measured at best.
fn possible_gain(heat: &Heat, ratio: Ratio) -> Gain {
    let most = heat.share * (1.0 - 1.0 / ratio.high.max(1.0));
    Gain { saved: most / 2.0, saved_low: 0.0, saved_high: most }
}

fn counted(count: u32, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
