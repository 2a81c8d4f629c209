//! Whether the arguments of calls come back.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use unslow::sample::{Operand, Value};

use crate::support::{Interpreter, Target, sweeps, with_columns};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

/// Looks at the arguments of `name`, until there are so many: values, calls that were over too soon,
/// and the names of the types.
fn arguments(python: &Interpreter, source: &str, name: &str) -> (HashSet<Value>, u32, Vec<String>) {
    let target = Target::start(python, source);
    let mut sampler = target.attach();
    let (mut values, mut calls, mut types) = (HashSet::new(), 0, Vec::new());
    let start = Instant::now();
    while calls < 15 {
        assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {calls} calls of {name}");
        for sample in
            sweeps(&mut sampler, 50, Duration::from_millis(2)).iter().flat_map(|s| &s.samples)
        {
            let of_function =
                |operand: &&Operand| sample.frames[operand.depth as usize].code.name.data() == name;
            for operand in sample.operands.iter().filter(of_function) {
                let Some(value) = operand.value else { continue };
                match operand.expression.data() {
                    "(key, scale)" => {
                        calls += 1;
                        values.insert(value);
                        types.extend(operand.elements.iter().map(|name| name.data().to_owned()));
                    }
                    "(key, scale)[1]" => assert_eq!(operand.type_name.data(), "int", "{python:?}"),
                    other => assert_eq!(other, "(key, scale)[0]", "{python:?}"),
                }
            }
        }
    }
    types.sort();
    types.dedup();
    println!("{python:?}: {} values in {calls} calls of {name}, {types:?}", values.len());
    (values, calls, types)
}

/// A function that takes a millisecond or so, two calls away from where the time goes.
fn calls_with(key: &str) -> String {
    format!(
        "{READY}
def price(key, scale):
    return total(scale) or (lambda: key)
def total(n):
    return sum(i * i for i in range(n))
turn = 0
while True:
    turn += 1
    price({key}, 20000)
"
    )
}

#[test]
fn arguments_that_come_back_are_told_by_value() {
    for python in with_columns() {
        // Every text and every tuple is made anew.
        let few = [("'order %d of a long name' % (turn % 3)", "str"), ("(turn % 3, 2.5)", "float")];
        for (key, of_type) in few {
            let (values, calls, types) = arguments(python, &calls_with(key), "price");
            assert!(types.contains(&of_type.to_owned()), "{python:?}: {types:?}");
            // Calls that are over before they are read count as one value each, but are all alike here.
            assert!((2..=4).contains(&values.len()), "{python:?}: {values:?} in {calls} calls");
        }
    }
}

#[test]
fn arguments_that_are_always_others_are_told_apart() {
    for python in with_columns() {
        for key in ["'order %d' % turn", "(turn, 2.5)"] {
            let (values, calls, _) = arguments(python, &calls_with(key), "price");
            let same = calls as usize - values.len();
            assert!(
                same <= 3 || values.contains(&Value::Outrun),
                "{python:?}: {values:?}, {calls}"
            );
        }
    }
}

#[test]
fn one_long_call_is_one_call() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def once(key):
    n = 0
    while True:
        n += 1
once('the only one')
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sweeps = sweeps(&mut sampler, 1_000, Duration::from_millis(2));
        let operands = sweeps.iter().flat_map(|sweep| &sweep.samples).flat_map(|s| &s.operands);
        let looks = operands.filter(|operand| operand.expression.data() == "(key)").count();
        assert_eq!(looks, 1, "{python:?}");
    }
}
