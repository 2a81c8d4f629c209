//! Stacks and threads beyond what can be read of an older interpreter.

use std::time::{Duration, Instant};

use unslow::sample::{Options, Sample, Sampler};

use crate::support::{Target, interpreters, names};

const DEEP: &str = "
import os, sys, threading, time
sys.setrecursionlimit(100000)
threading.stack_size(256 << 20)
def recurse(left):
    if left:
        recurse(left - 1)
    else:
        deepest()
def deepest():
    time.sleep(1000)
def deep():
    while not os.path.exists(__file__ + '.deeper'):
        time.sleep(0.01)
    recurse(6000)
def shallow():
    time.sleep(1000)
for body in deep, shallow:
    thread = threading.Thread(target=body)
    thread.daemon = True
    thread.start()
sys.stdout.write('ready\\n'); sys.stdout.flush()
def main():
    time.sleep(1000)
main()
";

/// Of a stack beyond its own bound the library that reads older interpreters gives nothing, and
/// nothing of the process either when it is asked for all of it.
#[test]
fn a_stack_too_deep_for_an_older_python_hides_no_other_thread() {
    for python in interpreters().iter().filter(|python| python.version < (3, 11)) {
        let target = Target::start(python, DEEP);
        let mut sampler = target.attach();
        let all = sampler.sweep().expect("the target is alive");
        assert_eq!((all.samples.len(), all.too_deep), (3, 0), "{python:?}");
        let deeper = format!("{}.deeper", target.path.display());
        std::fs::write(deeper, "").expect("a file");
        let start = Instant::now();
        let sweep = loop {
            let sweep = sampler.sweep().expect("the target is alive");
            if sweep.too_deep > 0 {
                break sweep;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "{python:?}: {sweep:?}");
            std::thread::sleep(Duration::from_millis(5));
        };
        assert_eq!((sweep.unreadable, sweep.torn), (1, 0), "{python:?}");
        let mut leaves: Vec<&str> = sweep.samples.iter().map(own_function).collect();
        leaves.sort_unstable();
        assert_eq!(leaves, ["main", "shallow"], "{python:?}");
        let attached = Sampler::attach(target.pid(), Options::default());
        let Err(error) = attached else { panic!("{python:?}: it cannot be found") };
        assert!(error.to_string().contains("more than 4,096 frames"), "{python:?}: {error}");
    }
}

/// The function of the program's own that the stack is in.
fn own_function(sample: &Sample) -> &str {
    let names = names(sample);
    names.into_iter().rev().find(|name| ["main", "shallow"].contains(name)).unwrap_or("another")
}
