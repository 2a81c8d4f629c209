//! Threads that compute in Python code and so take turns at the interpreter's lock.

mod state;

use ruff_python_ast::{AnyNodeRef, ExprCall};
use ruff_text_size::Ranged;

use crate::shape::{Id, Tree};
use crate::{Activity, Advisor, Case, Evidence, Finding, Gain, Heat, Ratio, Worth};

/// Processors' worth of time that threads which take turns can use, with what the system counts
/// wrongly and what they do without the lock.
const ONE_PROCESSOR: f64 = 1.2;

/// Processors that there must be to use.
const MIN_USABLE: f64 = 1.5;

/// Part of the threads' time in the function that they must have waited for the lock.
const MIN_WAITING: f64 = 0.3;

/// Threads that must have wanted to run at a time, on average.
const MIN_THREADS: f64 = 1.5;

/// Share of the run that the function must take: what remains is handing over the work, which
/// costs more between processes.
const MIN_SHARE: f64 = 0.6;

/// Seconds that the recording must be long, at the least: the start of processes takes some tenths,
/// which less than this would not bring in.
const MIN_SECONDS: f64 = 1.0;

/// Tasks of the pair's work; more make no difference.
const TASKS: u64 = 600;

pub(crate) struct GilBoundThreads;

impl Advisor for GilBoundThreads {
    fn examine(&self, case: &Case<'_>) -> Vec<Finding> {
        let Some(activity) = case.activity.filter(|it| take_turns(case, it)) else {
            return Vec::new();
        };
        let crews = case.tree.all_calls().filter_map(|(_, call)| Crew::of(case.tree, call));
        let mut findings: Vec<Finding> =
            crews.filter_map(|crew| finding(case, activity, &crew)).collect();
        // One pool may be given the same function in several places.
        findings.dedup_by_key(|finding| finding.range);
        findings
    }
}

/// Whether threads wait for the lock while processors are free.
fn take_turns(case: &Case<'_>, activity: &Activity) -> bool {
    !case.python.free_threaded
        && activity.seconds >= MIN_SECONDS
        && usable(activity) >= MIN_USABLE
        && activity.cores_used <= ONE_PROCESSOR
        && activity.busy_threads + activity.waiting_threads >= MIN_THREADS
}

fn usable(activity: &Activity) -> f64 {
    let cpus = f64::from(activity.cpus);
    activity.quota.map_or(cpus, |quota| quota.min(cpus))
}

/// Threads and what they run.
struct Crew<'a> {
    /// The call that makes the pool or the thread.
    made: &'a ExprCall,
    /// The definition of what they run.
    function: Id,
    /// What to write in place of what is made.
    instead: &'static str,
}

impl<'a> Crew<'a> {
    fn of(tree: &Tree<'a>, call: &'a ExprCall) -> Option<Self> {
        if tree.calls_one_of(call, &["threading.Thread"]) {
            let target = &call.arguments.find_keyword("target")?.value;
            let instead = "a `concurrent.futures.ProcessPoolExecutor` in place of the threads";
            return Some(Self { made: call, function: tree.function_named(target)?, instead });
        }
        let handed = tree.handed(call).filter(|handed| !handed.kind.has_processes())?;
        let instead = match handed.kind.size_keyword() {
            "max_workers" => "`ProcessPoolExecutor` in place of `ThreadPoolExecutor`",
            _ => "`multiprocessing.Pool` in place of the pool of threads",
        };
        Some(Self { made: handed.pool, function: tree.function_named(handed.function)?, instead })
    }
}

fn finding(case: &Case<'_>, activity: &Activity, crew: &Crew<'_>) -> Option<Finding> {
    let range = case.tree.range(crew.function);
    let heat = case.heat(range)?;
    let waiting = case.waiting(range)?;
    let all = heat.samples + case.idle(range)?.samples.max(waiting.samples);
    let waited = waiting.samples as f64 / all as f64;
    if heat.share < MIN_SHARE || waited < MIN_WAITING || state::is_shared(case.tree, crew.function)
    {
        return None;
    }
    let AnyNodeRef::StmtFunctionDef(def) = case.tree[crew.function] else { return None };
    let gain = gain(case, activity, &heat)?;
    let percent = (waited * 100.0).round();
    Some(Finding {
        range: crew.made.range(),
        title: format!(
            "Threads that run `{}` wait for each other {percent:.0} % of the time",
            def.name
        ),
        because: because(case, activity, crew),
        heat,
        evidence: vec![Evidence::Fact(format!(
            "{:.1} threads wait for the lock, {:.1} of {} processors are used",
            activity.waiting_threads,
            activity.cores_used,
            rounded(usable(activity)),
        ))],
        worth: Worth::Time(gain),
        fix: None,
    })
}

fn because(case: &Case<'_>, activity: &Activity, crew: &Crew<'_>) -> Vec<String> {
    let mut because = vec![format!(
        "A thread needs the interpreter's lock to run Python code: on average {:.1} ran and {:.1} \
         waited for it.",
        activity.busy_threads, activity.waiting_threads,
    )];
    because.push(format!(
        "Use {}, made below `if __name__ == \"__main__\":`. Arguments and results are then copied, \
         and what a task changes stays in its worker; it pays for tasks of some milliseconds.",
        crew.instead
    ));
    if case.python.at_least(3, 14) {
        because.push(
            "Or `concurrent.futures.InterpreterPoolExecutor`, whose workers are threads with an \
             interpreter and a lock each."
                .to_owned(),
        );
    }
    if case.tree.is_nested(crew.function) {
        because.push(
            "What another process is to call must stand at the module's top level: move it there."
                .to_owned(),
        );
    }
    because
}

/// The pair was measured on two processors; with more of them it may be as many times faster.
fn gain(case: &Case<'_>, activity: &Activity, heat: &Heat) -> Option<Gain> {
    let measured = case.gains.ratio(case.python, TASKS)?;
    let wanting = activity.busy_threads + activity.waiting_threads;
    let most = usable(activity).min(wanting).max(measured.high);
    let gain = Gain::of(heat, Ratio { high: most, ..measured });
    gain.worth_saying().then_some(gain)
}

fn rounded(processors: f64) -> String {
    if processors.fract() == 0.0 { format!("{processors:.0}") } else { format!("{processors:.1}") }
}
