//! Processor time for one sample: our walk against py-spy's own, on the same live process, in turn.
//!
//! `cargo bench --bench walker`, or `-- DEPTH...` for stacks of other depths, or `-- --pid=PID DEPTH`
//! for a process that runs already and has one stack of that depth. Both look without pausing the
//! target and both ask the kernel whether the thread runs. Every frame runs a function of its own,
//! so that each of our samples has as many code objects to confirm as it has frames.

use std::fmt::Write as _;
use std::time::Duration;

use py_spy::config::LockingStrategy;
use py_spy::{Config, PythonSpy};
use unslow::sample::{Options, Sampler};

#[allow(dead_code)] // shared with the live tests, which use more of it
#[path = "../tests/live/support.rs"]
mod support;

use support::{Target, thread_cpu, with_columns};

const DEPTHS: [usize; 3] = [10, 50, 500];
const ROUNDS: usize = 30;
const OUR_SWEEPS: usize = 200;

fn main() {
    // Cargo passes `--bench` along.
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let depths = if asked.is_empty() { DEPTHS.to_vec() } else { asked };
    let running: Option<u32> =
        std::env::args().find_map(|word| word.strip_prefix("--pid=")?.parse().ok());
    println!("microseconds of processor time for one sample, median of {ROUNDS} rounds\n");
    println!("process  depth    ours  py-spy   ratio   our losses  py-spy's failures");
    if let Some(pid) = running {
        return compare(&pid.to_string(), pid, depths[0]);
    }
    for python in with_columns() {
        for &depth in &depths {
            let (major, minor) = python.version;
            let target = Target::start(python, &chain(depth));
            compare(&format!("{major}.{minor}"), target.pid(), depth);
        }
    }
}

fn compare(name: &str, pid: u32, depth: usize) {
    let options = Options { patience: Duration::from_secs(10), ..Options::default() };
    let mut sampler = Sampler::attach(pid, options).expect("we attach");
    let mut spy = PythonSpy::new(pid.cast_signed(), &config()).expect("py-spy attaches");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut losses, mut failures) = (0, 0);
    for _ in 0..ROUNDS {
        ours.push(per_sample(OUR_SWEEPS, || our_sample(&mut sampler, depth, &mut losses)));
        let sweeps = (2000 / depth).clamp(5, 100);
        theirs.push(per_sample(sweeps, || py_spy_sample(&mut spy, depth, &mut failures)));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!(
        "{name:>7}  {depth:>5}  {ours:>6.1}  {theirs:>6.0}  {:>5.0}x   {:>9.2}%  {:>16.2}%",
        theirs / ours,
        share(losses, ROUNDS * OUR_SWEEPS),
        share(failures, ROUNDS * (2000 / depth).clamp(5, 100)),
    );
}

fn config() -> Config {
    Config { blocking: LockingStrategy::NonBlocking, full_filenames: true, ..Config::default() }
}

/// A program whose only thread spins in the last of `depth` functions, each called by the one
/// before; the module counts as the first.
fn chain(depth: usize) -> String {
    let mut source = String::from("import sys\nsys.setrecursionlimit(10000)\n");
    for level in 1..depth - 1 {
        let _ = writeln!(source, "def level_{level}(n):\n    return level_{}(n + 1)", level + 1);
    }
    let last = depth - 1;
    let _ = writeln!(source, "def level_{last}(n):\n    while True:\n        n = (n + 1) % 1000");
    source.push_str("sys.stdout.write('ready\\n'); sys.stdout.flush()\nlevel_1(0)\n");
    source
}

fn our_sample(sampler: &mut Sampler, depth: usize, losses: &mut usize) {
    let sweep = sampler.sweep().expect("the target runs");
    match sweep.samples.first() {
        Some(sample) => assert_eq!(sample.frames.len(), depth),
        None => *losses += 1,
    }
}

fn py_spy_sample(spy: &mut PythonSpy, depth: usize, failures: &mut usize) {
    match spy.get_stack_traces() {
        Ok(traces) if traces.first().is_some_and(|trace| trace.frames.len() == depth) => {}
        _ => *failures += 1, // on 3.14 and later it also gives stacks without their outer part
    }
}

/// Mean microseconds of this thread's processor time.
fn per_sample(count: usize, mut sample: impl FnMut()) -> f64 {
    let before = thread_cpu();
    for _ in 0..count {
        sample();
    }
    Duration::as_secs_f64(&(thread_cpu() - before)) * 1e6 / count as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}
