//! Every stack is one that was, with the state that the thread was in.

use std::collections::HashMap;
use std::time::Duration;

use unslow::sample::{AttachError, Options, Sampler};

use super::{Pauses, READY, attach, on_each};
use crate::flutter::{self, Flutter};
use crate::support::{Interpreter, Target, interpreters, names, sample_where, sweeps};

/// Sweeps of each program: `UNSLOW_SWEEPS` for more than the usual.
fn count_sweeps() -> usize {
    std::env::var("UNSLOW_SWEEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

#[test]
fn calls_that_alternate_are_never_mixed_up() {
    on_each(|python| assert_possible(python, &flutter::CALLS));
}

#[test]
fn generators_that_take_turns_are_never_mixed_up() {
    on_each(|python| assert_possible(python, &flutter::GENERATORS));
}

fn assert_possible(python: &Interpreter, flutter: &Flutter) {
    let Flutter { what, source, is_possible } = flutter;
    let target = Target::start(python, &format!("{READY}{source}"));
    let mut sampler = attach(&target);
    // Until it has written that it is ready, it is without the lock at times.
    sample_where(&mut sampler, |sample| names(sample).contains(&"flutter"));
    let (mut all, mut deep) = (0_u32, 0_u32);
    let mut impossible: HashMap<Vec<String>, u32> = HashMap::new();
    let mut pauses = Pauses::default();
    for _ in 0..count_sweeps() {
        std::thread::sleep(Duration::from_micros(20));
        let sweep = sampler.sweep().expect("the target is alive");
        pauses.add(&sweep);
        for sample in &sweep.samples {
            let names = names(sample);
            all += 1;
            deep += u32::from(names.len() == 4);
            assert!(sample.state.on_cpu && sample.state.holds_gil, "{:?}", sample.state);
            if !is_possible(&names) {
                let names = names.into_iter().map(str::to_owned).collect();
                *impossible.entry(names).or_default() += 1;
            }
        }
    }
    println!("{python:?}: {what}: {all} stacks, {deep} of them four deep; {pauses}");
    assert!(deep > 50, "{python:?}: too few to prove anything");
    assert!(pauses.torn * 20 < all, "{python:?}: {pauses}");
    assert!(impossible.is_empty(), "{python:?}: {impossible:?}");
}

#[test]
fn threads_that_take_turns_are_seen_truly() {
    on_each(|python| {
        let source = format!(
            "import threading
def leaf_a(): return sum(range(20))
def leaf_b(): return sum(range(20))
def spin_a():
    while True: leaf_a()
def spin_b():
    while True: leaf_b()
for body in (spin_a, spin_b, spin_b): threading.Thread(target=body, daemon=True).start()
{READY}
spin_a()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = attach(&target);
        let (mut pauses, mut all, mut holders) = (Pauses::default(), 0, 0);
        for sweep in sweeps(&mut sampler, 2000, Duration::from_micros(300)) {
            pauses.add(&sweep);
            all += sweep.samples.len();
            let held = sweep.samples.iter().filter(|sample| sample.state.holds_gil).count();
            assert!(held <= 1, "{python:?}: one lock, {held} holders");
            holders += held;
            for sample in &sweep.samples {
                let names = names(sample);
                let leaf = names.iter().position(|name| name.starts_with("leaf"));
                let spin = leaf.map(|leaf| names[leaf - 1]);
                let expected = leaf.map(|leaf| names[leaf].replace("leaf", "spin"));
                assert_eq!(spin.map(str::to_owned), expected, "{python:?}: {names:?}");
            }
        }
        println!("{python:?}: {all} stacks, {holders} with the lock; {pauses}");
        assert!(all > 7500 && holders > 1500, "{python:?}: {all} stacks, {holders} holders");
    });
}

#[test]
fn several_processes_are_held_one_after_the_other() {
    on_each(|python| {
        let source = format!("{READY}\ndef spin():\n    while True: pass\nspin()\n");
        let targets = [(); 3].map(|()| Target::start(python, &source));
        let mut samplers = targets.each_ref().map(attach);
        for sampler in &mut samplers {
            sample_where(sampler, |sample| names(sample).contains(&"spin"));
        }
        let mut stacks = 0;
        for sweep in (0..200).flat_map(|_| samplers.each_mut().map(|sampler| sampler.sweep())) {
            let sweep = sweep.expect("the target is alive");
            stacks += sweep.samples.len();
            assert!(sweep.samples.iter().all(|s| names(s) == ["<module>", "spin"]), "{python:?}");
        }
        assert!(stacks > 590, "{python:?}: {stacks} of 600");
    });
}
#[test]
fn a_process_that_has_a_tracer_is_told_of() {
    on_each(|python| {
        let target = Target::start(python, &format!("{READY}\nwhile True: pass\n"));
        let tracer = format!(
            "import ctypes, time
PTRACE_SEIZE = 0x4206
assert ctypes.CDLL(None).ptrace(PTRACE_SEIZE, {}, None, None) == 0
{READY}
time.sleep(1000)
",
            target.pid()
        );
        let tracer = Target::start(python, &tracer);
        let options = Options { exact: true, ..Options::default() };
        let refused = Sampler::attach(target.pid(), options);
        let expected = (target.pid(), tracer.pid());
        assert!(
            matches!(refused, Err(AttachError::Traced { pid, tracer }) if (pid, tracer) == expected),
            "{python:?}: {refused:?}"
        );
        assert!(Sampler::attach(target.pid(), Options::default()).is_ok(), "{python:?}");
    });
}

#[test]
fn an_older_python_is_refused() {
    for python in interpreters().iter().filter(|python| python.version < (3, 11)) {
        let target = Target::start(python, &format!("{READY}\nwhile True: pass\n"));
        let options = Options { exact: true, ..Options::default() };
        let refused = Sampler::attach(target.pid(), options);
        assert!(matches!(refused, Err(AttachError::NoExactWalk { .. })), "{python:?}: {refused:?}");
    }
}
