//! Every program under every CPython.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use unslow::sample::Sample;

use crate::flutter::{CALLS, GENERATORS};
use crate::possible;
use crate::tally::{Oracle, describe, walked};

const READY: &str = "print('ready', flush=True)\n";
const ONE: RangeInclusive<usize> = 1..=1;

/// One impossible stack in 10,000.
const ALMOST_NONE: f64 = 0.0001;

/// Where a generator's frame is another's soon, two reads can agree on a link that was gone in between.
const FEW: f64 = 0.003;

fn judge(oracle: &Oracle) {
    for python in walked() {
        oracle.judge(python, |_| {});
    }
}

fn one_thread(what: &'static str, source: &str, is_possible: fn(&Sample) -> bool) -> Oracle {
    Oracle { what, source: source.to_owned(), threads: ONE, is_possible, allowed: ALMOST_NONE }
}

#[test]
fn calls_that_alternate() {
    judge(&one_thread(CALLS.what, &format!("{READY}{}", CALLS.source), possible::calls));
}

#[test]
fn generators_that_take_turns() {
    let source = format!("{READY}{}", GENERATORS.source);
    let oracle = one_thread(GENERATORS.what, &source, possible::generators);
    judge(&Oracle { allowed: FEW, ..oracle });
}

#[test]
fn a_tree_of_calls() {
    judge(&one_thread("tree", include_str!("programs/tree.py"), possible::tree));
}

#[test]
fn a_tree_of_calls_through_c() {
    judge(&one_thread("through C", include_str!("programs/through_c.py"), possible::tree));
}

/// What a loop goes through is among its values all the while, and runs at one line only; what is too
/// fast to see has to be called somewhere, too.
#[test]
fn loops_over_generators_and_constructors() {
    let source = include_str!("programs/loops.py");
    let oracle = one_thread("loops", source, possible::loops);
    for python in walked() {
        let (mut elsewhere, mut all) = (BTreeMap::<String, usize>::new(), 0);
        oracle.judge(python, |sweep| {
            all += sweep.samples.len();
            for sample in sweep.samples.iter().filter(|it| !possible::is_cut_at_a_call(it)) {
                *elsewhere.entry(describe(sample)).or_default() += 1;
            }
        });
        let count: usize = elsewhere.values().sum();
        println!("{:>17} cut at a line that calls nothing: {count} of {all} {elsewhere:#?}", "");
        assert!(count * 100 <= all, "{python:?}: {count} of {all}");
    }
}

#[test]
fn recursion_over_many_chunks() {
    judge(&one_thread("chunks", include_str!("programs/chunks.py"), possible::chunks));
}

#[test]
fn functions_that_are_made_and_thrown_away() {
    judge(&one_thread("made", include_str!("programs/made.py"), possible::made));
}

#[test]
fn coroutines_that_await_each_other() {
    let source = include_str!("programs/coroutines.py");
    let oracle = one_thread("coroutines", source, possible::coroutines);
    judge(&Oracle { allowed: FEW, ..oracle });
}

#[test]
fn threads_that_come_and_go() {
    let source = include_str!("programs/threads.py");
    let oracle = one_thread("threads", source, possible::threads);
    judge(&Oracle { threads: 0..=5, ..oracle });
}

#[test]
fn interpreters_side_by_side() {
    let source = include_str!("programs/interpreters.py");
    // The main one's four threads, three of which go on in another one.
    let oracle = one_thread("interpreters", source, possible::interpreters);
    let oracle = Oracle { threads: 4..=4, ..oracle };
    for python in walked().filter(|python| python.version >= (3, 12)) {
        let (mut together, mut all) = (0, 0);
        oracle.judge(python, |sweep| {
            let names = sweep.samples.iter().flat_map(|sample| &sample.frames);
            let names: HashSet<&str> = names.map(|frame| frame.code.name.data()).collect();
            let expected = ["wait", "host", "sub_0", "sub_1", "sub_2"];
            together += u32::from(expected.iter().all(|name| names.contains(name)));
            all += 1;
        });
        println!("{:>17} all interpreters in {together} of {all} sweeps", "");
        // Others lack a stack or two that were torn.
        assert!(together * 5 > all, "{python:?}: {together} of {all}");
    }
}
