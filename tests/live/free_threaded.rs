//! Builds without the interpreter's lock.

use std::time::Duration;

use unslow::sample::Sample;

use crate::flutter::{CALLS, GENERATORS};
use crate::support::{Target, free_threaded, names, sweeps};

#[test]
fn stacks_are_whole_without_the_lock() {
    for python in free_threaded() {
        for flutter in [&CALLS, &GENERATORS] {
            let source = format!("print('ready', flush=True)\n{}", flutter.source);
            let target = Target::start(python, &source);
            let mut sampler = target.attach();
            let build = sampler.interpreter().python.described();
            assert!(build.ends_with(", free-threaded (experimental)"), "{build}");
            flutter.check(&build, &mut sampler);
        }
    }
}

const TWO_AT_WORK: &str = "
import threading
def work():
    total = 0
    while True:
        total += len(str(total))
workers = [threading.Thread(target=work, daemon=True) for _ in range(2)]
for worker in workers: worker.start()
print('ready', flush=True)
threading.Event().wait()
";

#[test]
fn threads_work_at_the_same_time() {
    for python in free_threaded() {
        let target = Target::start(python, TWO_AT_WORK);
        let mut sampler = target.attach();
        let (mut busy, mut idle) = (0, 0);
        for sample in
            sweeps(&mut sampler, 300, Duration::from_millis(2)).iter().flat_map(|it| &it.samples)
        {
            assert!(!sample.state.holds_gil && !sample.state.waits_for_gil, "{sample:?}");
            let is_worker = |sample: &Sample| names(sample).contains(&"work");
            match is_worker(sample) {
                true if sample.state.is_busy() => busy += 1,
                false if !sample.state.is_busy() => idle += 1,
                _ => {}
            }
        }
        println!("{python:?}: {busy} of 600 at work, {idle} of 300 waiting");
        assert!(busy >= 500 && idle >= 200, "{python:?}: {busy} at work, {idle} waiting");
    }
}

#[test]
fn variables_that_cannot_be_read_are_not_left_out_in_silence() {
    for python in free_threaded() {
        let target = Target::start(python, TWO_AT_WORK);
        let mut sampler = target.attach();
        let lacks = |locals| sampler.dump(locals).expect("the target is alive").lacks_variables;
        assert_eq!([true, false].map(lacks), [true, false], "{python:?}");
    }
}
