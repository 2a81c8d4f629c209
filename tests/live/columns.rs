//! What our own walker adds: exact columns, and stacks that never were are not reported.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use advisors::Place;
use unslow::sample::{Sample, Sweep};

use crate::flutter::{self, Flutter};
use crate::support::{
    Interpreter, Target, as_far_as_seen, is_told_no_further, names, sample_where, sweeps,
    with_columns,
};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

#[test]
fn the_slow_expression_is_told_by_its_columns() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def count(seen):
    found = 0
    while True:
        for i in range(5000):
            if (i*7) in seen: found += 1; text = str(i) + 'a'
count(list(range(5000)))
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        assert!(sampler.interpreter().columns);
        sample_where(&mut sampler, |sample| sample.frames.len() == 2);
        let sweeps = sweeps(&mut sampler, 400, Duration::from_millis(2));
        let mut places: HashMap<Place, u32> = HashMap::new();
        for sample in sweeps.iter().flat_map(|sweep| &sweep.samples) {
            assert_eq!(names(sample), ["<module>", "count"]);
            *places.entry(sample.frames[0].place).or_default() += 1;
        }
        let of_line = |place: &Place| place.line == 8;
        let all: u32 = places.iter().filter(|(place, _)| of_line(place)).map(|(_, n)| n).sum();
        let exact = places.get(&Place { line: 8, end_line: 8, columns: Some((15, 28)) });
        let exact = exact.copied().unwrap_or(0);
        println!("{python:?}: {exact} of {all} samples of the line on `(i*7) in seen`");
        assert!(all >= 300, "{python:?}: {places:?}");
        assert!(exact * 10 >= all * 9, "{python:?}: {exact} of {all}: {places:?}");
    }
}

#[test]
fn callers_stand_at_the_call_that_they_wait_for() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def inner():
    while True: pass
def outer(n):
    return [n, abs(-3) + inner(), n]
class Driver:
    def run(self):
        größe = 'ä' + str(outer(1))
Driver().run()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sample = crate::support::sample_where(&mut sampler, |sample| sample.frames.len() == 4);
        let found: Vec<_> = sample.frames[1..]
            .iter()
            .rev()
            .map(|frame| (frame.code.name.data(), frame.place.line, frame.place.columns))
            .collect();
        let expected = [
            ("<module>", 11, Some((0, 14))),
            // Columns count UTF-8 bytes: größe has two more than letters, 'ä' has one.
            ("Driver.run", 10, Some((29, 37))),
            ("outer", 7, Some((25, 32))),
        ];
        assert_eq!(found, expected, "{python:?}");
        assert_eq!(sample.frames[0].code.first_line, 4, "{python:?}");
    }
}

#[test]
fn code_objects_that_come_and_go_are_never_mistaken() {
    for python in with_columns() {
        let source = format!(
            "{READY}
def churn():
    n = 0
    while True:
        n = n % 500 + 1
        space = {{}}
        exec('def f%d(a):\\n' % n + '\\n' * n + ' for i in range(3000): a + i\\n' 'f%d(7)' % n, space)
        (lambda a: [a + i for i in range(1000)])(n)
churn()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let mut seen = Vec::new();
        let start = Instant::now();
        // On a busy machine the program may hardly run for a second.
        while seen.len() < 1_000 {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{python:?}: {} samples",
                seen.len()
            );
            let sweeps = sweeps(&mut sampler, 1_000, Duration::from_micros(300));
            let samples = sweeps.iter().flat_map(|sweep| &sweep.samples);
            samples.map(as_far_as_seen).for_each(|sample| {
                seen.extend(numbers_of_functions(python, &sample));
            });
        }
        let distinct = seen.iter().collect::<HashSet<_>>().len();
        println!("{python:?}: {} samples in {distinct} functions", seen.len());
        assert!(distinct >= 50, "{python:?}: too few to prove anything");
    }
}

/// Of the functions `f1` to `f500` those on the stack, each at a line that it can be at; nothing else
/// is there than what is called.
fn numbers_of_functions(python: &Interpreter, sample: &Sample) -> Vec<u32> {
    let plausible = ["<module>", "churn", "f", "<lambda>", "<listcomp>"];
    for name in names(sample) {
        let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let last = bare.rsplit('.').next().unwrap_or(bare);
        assert!(plausible.contains(&last), "{python:?}: {name}");
    }
    let numbered = sample.frames.iter().filter_map(|frame| {
        let number = frame.code.name.data().strip_prefix('f')?.parse::<u32>().ok()?;
        Some((number, frame))
    });
    let checked = numbered.map(|(number, frame)| {
        assert_eq!(frame.code.first_line, 1, "{python:?}");
        let line = frame.place.line;
        assert!(line == 1 || line == number + 2, "{python:?}: f{number} at line {line}");
        number
    });
    checked.collect()
}

#[test]
fn stacks_that_cannot_be_are_not_reported() {
    for python in with_columns() {
        assert_possible(python, &flutter::CALLS);
    }
}

#[test]
fn generators_that_take_turns_are_not_mixed_up() {
    for python in with_columns() {
        assert_possible(python, &flutter::GENERATORS);
    }
}

fn assert_possible(python: &Interpreter, flutter: &Flutter) {
    let Flutter { what, source, is_possible } = flutter;
    let target = Target::start(python, &format!("{READY}{source}"));
    let mut sampler = target.attach();
    let sweeps = sweeps(&mut sampler, 10_000, Duration::from_micros(20));
    let mut all = 0;
    let mut deep = 0;
    let mut impossible: HashMap<Vec<&str>, u32> = HashMap::new();
    let samples = sweeps.iter().flat_map(|sweep| &sweep.samples);
    let samples = samples.filter(|sample| !is_told_no_further(sample));
    let seen: Vec<Sample> = samples.map(as_far_as_seen).collect();
    for sample in &seen {
        let names = names(sample);
        all += 1;
        deep += u32::from(names.len() == 4);
        if !is_possible(&names) {
            *impossible.entry(names).or_default() += 1;
        }
    }
    let count: u32 = impossible.values().sum();
    println!(
        "{python:?}: {what}: {count} impossible of {all} stacks, {deep} of them four deep, {}",
        losses(&sweeps)
    );
    assert!(all > 1000 && deep > 50, "{python:?}: too few to prove anything");
    assert!(count * 1000 <= all, "{python:?}: {impossible:?}");
}

fn losses(sweeps: &[Sweep]) -> String {
    let torn: u32 = sweeps.iter().map(|sweep| sweep.torn).sum();
    let unreadable: u32 = sweeps.iter().map(|sweep| sweep.unreadable).sum();
    format!("{torn} torn, {unreadable} unreadable")
}
