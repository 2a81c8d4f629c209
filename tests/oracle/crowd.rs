//! A thousand threads and more: all are seen, and none is held up.

use std::time::{Duration, Instant};

use crate::support::{Interpreter, Target, names, thread_cpu};
use crate::tally::walked;

const THREADS: usize = 1000;
/// Longer than its baseline the target's clock must not stand still.
const NOTICEABLE: Duration = Duration::from_millis(100);

/// The longest time for which the target's clock stood still; and without what it waited for a
/// processor, which on a busy machine is most of it.
#[derive(Debug, Default, Clone, Copy)]
struct Gap {
    whole: Duration,
    unexplained: Duration,
}

#[test]
fn a_thousand_threads_are_not_held_up() {
    for python in walked() {
        let target = Target::start(python, include_str!("programs/crowd.py"));
        let mut sampler = target.attach();
        let mark = target.path.with_extension("py.sampled");
        let (mut sweeps, mut whole, mut torn) = (0_u32, 0, 0);
        let (mut wall, mut cpu) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(500));
            std::fs::write(&mark, "").expect("a mark");
            if sweeps == 0 {
                // The first finds out where everything is.
                sampler.sweep().expect("the target is alive");
            }
            let (start, cpu_before) = (Instant::now(), thread_cpu());
            while start.elapsed() < Duration::from_millis(700) {
                let sweep = sampler.sweep().expect("the target is alive");
                let lost = (sweep.torn + sweep.unreadable) as usize;
                assert_eq!(sweep.samples.len() + lost, THREADS, "{python:?}: {lost} lost");
                sweeps += 1;
                whole += u32::from(lost == 0);
                torn += sweep.torn;
            }
            wall += start.elapsed();
            cpu += thread_cpu() - cpu_before;
            std::fs::remove_file(&mark).expect("the mark is there");
        }
        let (baseline, sampled) = (largest(python, &target, false), largest(python, &target, true));
        let (major, minor) = python.version;
        println!(
            "{major}.{minor} {THREADS} threads: {sweeps} sweeps, {:.0}/s, CPU {:?} each, {torn} torn; \
             gaps when sampled {sampled:?}, baseline {baseline:?}",
            f64::from(sweeps) / wall.as_secs_f64(),
            cpu / sweeps
        );
        assert!(whole * 2 > sweeps, "{python:?}: all threads in {whole} of {sweeps} sweeps");
        let bound = baseline.unexplained + NOTICEABLE;
        assert!(sampled.unexplained < bound, "{python:?}: {sampled:?}, baseline {baseline:?}");
    }
}

/// More threads than are listed at first glance, the oldest of which does the work.
#[test]
fn the_main_thread_is_seen_behind_thousands_of_others() {
    const MANY: usize = 5000;
    let source = format!(
        "import threading, time
def wait():
    while True: time.sleep(1)
def hot():
    while True: sum(range(2000))
threading.stack_size(256 * 1024)
for _ in range({MANY}): threading.Thread(target=wait, daemon=True).start()
print('ready', flush=True)
hot()
"
    );
    let Some(python) = walked().last() else { return };
    let target = Target::start(python, &source);
    let mut sampler = target.attach();
    let (mut hot, mut seen) = (0, 0);
    for _ in 0..10 {
        let sweep = sampler.sweep().expect("the target is alive");
        let main = sweep.samples.iter().find(|sample| sample.thread == target.pid());
        hot += u32::from(main.is_some_and(|main| names(main).contains(&"hot")));
        seen = sweep.samples.len() + (sweep.torn + sweep.unreadable) as usize;
    }
    assert!(hot >= 5, "{python:?}: hot in {hot} of 10 sweeps");
    assert_eq!(seen, MANY + 1, "{python:?}");
}

/// What the target told of the time when it was sampled, or was not.
fn largest(python: &Interpreter, target: &Target, is_sampled: bool) -> Gap {
    let told = std::fs::read_to_string(target.path.with_extension("py.told"));
    let told = told.unwrap_or_else(|error| panic!("{python:?}: {error}"));
    let mut largest = Gap::default();
    let mut count = 0;
    for line in told.lines() {
        let numbers: Vec<u64> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [was_sampled, whole, unexplained] = numbers[..] else { continue };
        if (was_sampled == 1) == is_sampled {
            count += 1;
            largest.whole = largest.whole.max(Duration::from_micros(whole));
            largest.unexplained = largest.unexplained.max(Duration::from_micros(unexplained));
        }
    }
    assert!(count > 2, "{python:?}: the target told too little: {told}");
    largest
}
