//! Interpreters that compile hot loops to machine code (`--enable-experimental-jit`).

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use advisors::Place;
use unslow::sample::Sampler;

use crate::flutter::{CALLS, GENERATORS};
use crate::support::{Interpreter, Target, interpreters, sample_where, sweeps};

/// Those that have a JIT, which has to be asked for.
fn with_jit() -> impl Iterator<Item = &'static Interpreter> {
    interpreters().iter().filter(|python| python.version >= (3, 14)).filter(|python| {
        let question = "import sys; sys.exit(not sys._jit.is_available())";
        let answer = python.command().args(["-c", question]).status();
        let has_jit = answer.is_ok_and(|status| status.success());
        if !has_jit {
            println!("skipped: {python:?} has no JIT");
        }
        has_jit
    })
}

/// Starts `source` and waits until some of it is machine code.
fn start(python: &Interpreter, source: &str) -> (Target, Sampler) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("target.py");
    std::fs::write(&path, format!("print('ready', flush=True)\n{source}")).expect("the source");
    let mut command: Command = python.command();
    let target = Target::of(command.arg(&path).env("PYTHON_JIT", "1"));
    let mut sampler = target.attach();
    sample_where(&mut sampler, |_| has_machine_code(target.pid()));
    (target, sampler)
}

/// Whether a process has code in memory that belongs to no file.
fn has_machine_code(pid: u32) -> bool {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).expect("its memory map");
    maps.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.len() == 5 && fields[1] == "r-xp"
    })
}

#[test]
fn stacks_of_machine_code_are_whole() {
    for python in with_jit() {
        for flutter in [&CALLS, &GENERATORS] {
            let (_target, mut sampler) = start(python, flutter.source);
            flutter.check(&format!("{python:?} with its JIT"), &mut sampler);
        }
    }
}

/// The pure arithmetic of a trace may be told as that of a neighbour: only what can fail notes where
/// it is. What calls into C, as all that is slow does, is told.
#[test]
fn the_slow_expression_is_told_from_its_neighbours() {
    let source = "
def count(items):
    total = 0
    while True:
        for i in range(5000):
            total += i * 7 % 13
            if (i & 2047) in items: total ^= 1
            total -= (i >> 3) * 5
count(list(range(2048)))
";
    for python in with_jit() {
        let (_target, mut sampler) = start(python, source);
        let mut places: HashMap<Place, usize> = HashMap::new();
        for sample in
            sweeps(&mut sampler, 400, Duration::from_millis(2)).iter().flat_map(|it| &it.samples)
        {
            *places.entry(sample.frames[0].place).or_default() += 1;
        }
        let slow = Place { line: 8, end_line: 8, columns: Some((15, 34)) };
        let told = places.get(&slow).copied().unwrap_or(0);
        println!(
            "{python:?}: {told} of {} on `(i & 2047) in items`",
            places.values().sum::<usize>()
        );
        assert!(told >= 360, "{python:?}: {places:?}");
    }
}
