//! Threads that compute in Python code, of which one runs at a time.

use std::collections::BTreeMap;

use ruff_python_ast::AnyNodeRef;
use ruff_text_size::Ranged;

use crate::shape::{Id, Means, PoolKind, ScopeKind, ThreadStart, Tree};
use crate::words::code;
use crate::{Activity, Advisor, Case, Evidence, Finding, Gain, Heat, Hotspot, Place, Worth};

/// Part of its threads' time that a function must wait for the lock.
const WAITING: f64 = 0.3;

/// And the part that it may wait for anything else: what sleeps has threads for a reason.
const ASLEEP: f64 = 0.1;

/// Processors' worth of time that the process uses, at the most.
const ONE: f64 = 1.2;

/// How many times as long the function's threads must have waited as anything else can have kept them:
/// then they waited for one another.
const FOR_EACH_OTHER: f64 = 1.2;

/// Share of the run that the function must compute.
const MIN_SHARE: f64 = 0.2;

/// Seconds that it must compute: to start processes takes some tenths of one, which has to come in
/// again.
const MIN_SECONDS: f64 = 1.0;

/// Processors below which nothing runs side by side.
const TWO: f64 = 1.5;

pub(crate) struct GilBoundThreads;

impl Advisor for GilBoundThreads {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let Some(activity) = case.activity.filter(|it| it.cores_used > 0.0 && it.cores_used <= ONE)
        else {
            return Vec::new();
        };
        if case.python.free_threaded || usable(activity) < TWO {
            return Vec::new();
        }
        // One word on each function, at the start where the program spends or waits the most.
        let mut starts = BTreeMap::<Id, (u64, ThreadStart<'_>)>::new();
        for start in case.tree.thread_starts() {
            let spent = spent(case, &start);
            let known = starts.get(&start.worker);
            if known.is_none_or(|(most, _)| spent > *most) {
                starts.insert(start.worker, (spent, start));
            }
        }
        let starts = starts.into_values();
        starts.filter_map(|(_, start)| finding(case, activity, &start)).collect()
    }
}

/// Samples of the statement that a start stands in, in which it may wait for what it has started.
fn spent(case: &Case<'_>, start: &ThreadStart<'_>) -> u64 {
    let call = case.tree.id_of(start.callee);
    let statement = case.tree.statement(call).map(|id| case.tree.range(id));
    let spots = case.hotspots_within(statement.unwrap_or(start.range));
    spots.iter().map(|spot| spot.total_samples + spot.idle_samples).sum()
}

/// What the threads did that ran a function, in samples.
struct Turns {
    computing: u64,
    waiting: u64,
    asleep: u64,
}

impl Turns {
    fn of(case: &Case<'_>, worker: Id) -> Self {
        let is_own = is_own(case, worker);
        let mut turns = Self { computing: 0, waiting: 0, asleep: 0 };
        for spot in case.hotspots.iter().filter(|spot| is_own(spot)) {
            turns.computing += spot.total_samples;
            turns.waiting += spot.waiting_samples;
            turns.asleep += spot.idle_samples.saturating_sub(spot.waiting_samples);
        }
        turns
    }

    /// Part of the threads' time, 0 to 1.
    fn part(&self, samples: u64) -> f64 {
        samples as f64 / (self.computing + self.waiting + self.asleep).max(1) as f64
    }

    /// Whether the threads hardly did anything but compute and wait for one another to let go of the
    /// lock. A function that waits while something else computes would be faster without that, and not
    /// without threads.
    fn are_taken(&self, case: &Case<'_>) -> bool {
        let others = case.busy_samples.saturating_sub(self.computing);
        self.part(self.waiting) >= WAITING
            && self.part(self.asleep) <= ASLEEP
            && self.waiting as f64 >= FOR_EACH_OTHER * others as f64
    }
}

/// Whether a place is one of a function's own code. Before CPython 3.11 code tells only the last part
/// of its name, and may not tell where it begins.
fn is_own(case: &Case<'_>, worker: Id) -> impl Fn(&Hotspot) -> bool {
    let inside = match case.tree[worker] {
        AnyNodeRef::StmtFunctionDef(def) => def.body.first().map(|it| case.tree.id_of(it)),
        AnyNodeRef::ExprLambda(lambda) => Some(case.tree.id_of(&*lambda.body)),
        _ => None,
    };
    let code = case.tree.code(inside.unwrap_or(worker), case.python);
    let lines = case.source.place(case.tree.range(worker));
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let own = last(&code.name);
    move |spot| {
        let begins = match spot.function_line {
            0 => lines.contains(Place::line(spot.place.line)),
            line => line == code.first_line,
        };
        begins && last(&spot.function) == own
    }
}

fn finding(case: &Case<'_>, activity: &Activity, start: &ThreadStart<'_>) -> Option<Finding> {
    let turns = Turns::of(case, start.worker);
    let heat = case.gated(turns.computing, 0).filter(|heat| heat.share >= MIN_SHARE)?;
    if heat.share * activity.seconds < MIN_SECONDS || !turns.are_taken(case) {
        return None;
    }
    let at_a_time = (turns.computing + turns.waiting) as f64 / turns.computing as f64;
    let processors = usable(activity).min(at_a_time.ceil());
    let name = name(case.tree, start.worker);
    let waiting = (turns.part(turns.waiting) * 100.0).round();
    let mut because = vec![format!(
        "The process used {:.1} of {:.1} processors: only the thread that holds the interpreter's \
         lock runs Python code. Nothing else in the program can have kept the threads waiting so \
         long.",
        activity.cores_used,
        usable(activity),
    )];
    because.push(way(start, &name));
    because.extend(obstacle(case.tree, start).map(str::to_owned));
    because.push(
        "Where that cannot be, a plain loop takes about as long as the threads and is simpler. Less \
         work, or C code on whole arrays, helps in each case."
            .to_owned(),
    );
    Some(Finding {
        range: start.range,
        title: format!(
            "`{}` has threads compute that take turns: {waiting:.0} % of their time they wait for \
             the lock",
            code(case.source, start.callee.range())
        ),
        because,
        heat,
        evidence: vec![Evidence::Fact(format!(
            "{waiting:.0} % of the threads' time in {name} is waiting for the lock"
        ))],
        worth: Worth::Time(side_by_side(&heat, processors)),
        fix: None,
    })
}

/// What processes in place of threads may save: from nothing, where it takes long to send them their
/// tasks or the tasks cannot be sent, to the ideal of so many processors.
fn side_by_side(heat: &Heat, processors: f64) -> Gain {
    let most = heat.share * (1.0 - 1.0 / processors.max(1.0));
    Gain { saved: most / 2.0, saved_low: 0.0, saved_high: most }
}

/// The way to processes.
fn way(start: &ThreadStart<'_>, name: &str) -> String {
    let way = match start.means {
        Means::Pool(PoolKind::ThreadExecutor) => {
            "`concurrent.futures.ProcessPoolExecutor` has the same methods".to_owned()
        }
        Means::Pool(_) => "`multiprocessing.Pool` has the same methods".to_owned(),
        Means::Thread => format!(
            "`submit` the calls of {name} to a `concurrent.futures.ProcessPoolExecutor`, and take \
             what they return"
        ),
        Means::Class => format!(
            "Make a function of what {name} does, `submit` its calls to a \
             `concurrent.futures.ProcessPoolExecutor`, and take what they return"
        ),
    };
    format!(
        "{way}: processes compute side by side. It pays if what a task is given and gives back can \
         be pickled and is small beside its work, and if it changes nothing that others read. What \
         pickling would cost was not seen, and to start the workers takes some tenths of a second."
    )
}

/// What stands in the way.
fn obstacle(tree: &Tree<'_>, start: &ThreadStart<'_>) -> Option<&'static str> {
    let scope = tree.scope_kind(tree.scope(start.worker));
    match (tree[start.worker], scope, start.means) {
        (AnyNodeRef::StmtFunctionDef(_), ScopeKind::Module, _) | (_, _, Means::Class) => None,
        (AnyNodeRef::StmtFunctionDef(_), ScopeKind::Class, _) => Some(
            "A method takes its whole object along: better send a function of the module what it \
             needs.",
        ),
        _ => Some("A process finds its function by name, so it must be one of the module's own."),
    }
}

fn name(tree: &Tree<'_>, worker: Id) -> String {
    match tree[worker] {
        AnyNodeRef::StmtFunctionDef(def) => format!("`{}`", def.name),
        _ => "the lambda".to_owned(),
    }
}

/// Processors that the process may use: the affinity mask's or the quota's.
fn usable(activity: &Activity) -> f64 {
    let cpus = f64::from(activity.cpus);
    activity.quota.map_or(cpus, |quota| quota.min(cpus))
}
