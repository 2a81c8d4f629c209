//! Memory beside time, live: growth is put down to the function that keeps what it makes, not to
//! the one that makes as much and lets it go.

mod support;

use support::recording::{Recording, record};
use support::{Interpreter, newest_with_columns};
use unslow::profile::{Memory, Profile};

/// Keeps 160 MiB, then makes as much without keeping it. Looks are a quarter of a second apart and
/// one may be of two functions, so there is something else between them.
const PROGRAM: &str = "\
import time


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def keep(kept):
    for _ in range(160):
        kept.append(b'x' * (1 << 20))
        for _ in range(200_000):
            pass


def let_go():
    for _ in range(160):
        b'x' * (1 << 20)
        for _ in range(200_000):
            pass


spin(0.7)
kept = []
keep(kept)
spin(0.7)
let_go()
spin(0.5)
";

const MIB: u64 = 1 << 20;

/// Bytes that are put down to a function.
fn grown(profile: &Profile, memory: &Memory, function: &str) -> u64 {
    let is_of = |location: Option<u32>| {
        location.is_some_and(|id| profile.locations[id as usize].code.name.data() == function)
    };
    memory.growth.iter().filter(|growth| is_of(growth.location)).map(|growth| growth.bytes).sum()
}

fn recorded(python: &Interpreter, rate: u32, program: &str) -> Recording {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("program.py");
    std::fs::write(&script, program).expect("a script");
    record(python, rate, &[script.to_str().expect("UTF-8")])
}

#[test]
fn growth_is_put_down_to_who_keeps_and_not_to_who_lets_go() {
    let Some(python) = newest_with_columns() else { return };
    let recording = recorded(&python, 200, PROGRAM);
    let profile = &recording.profile;
    let [memory] = &profile.memory[..] else { panic!("one process: {:?}", profile.memory) };
    let (first, whole) = (memory.first(), memory.peak - memory.first());
    assert!(first < 60 * MIB && memory.peak >= 160 * MIB, "{memory:?}");
    assert!(memory.points.len() >= 4 && memory.points.is_sorted_by(|a, b| a.at < b.at));
    let (kept, let_go) = (grown(profile, memory, "keep"), grown(profile, memory, "let_go"));
    assert!(kept as f64 > 0.7 * whole as f64, "{kept} of {whole}: {memory:?}");
    assert!((let_go as f64) < 0.1 * whole as f64, "{let_go} of {whole}: {memory:?}");
    let all: u64 = memory.growth.iter().map(|growth| growth.bytes).sum();
    assert!(all <= whole + 2 * MIB, "no more is put down to anybody than there was");

    // Lines are broken between words.
    let report = recording.report().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains("Memory (RSS ") && report.contains(" MiB while keep ("), "{report}");
    assert!(report.contains(", still there in the end (estimate)"), "{report}");
    let process = &recording.findings["memory"]["grown"][0];
    assert_eq!(process["peak"].as_u64(), Some(memory.peak));
    assert_eq!(process["estimates"][0]["function"], "keep");
}

/// Takes 15 MB in a few milliseconds now and then, and computes for long in between without taking
/// any.
const BURSTS: &str = "\
import time
kept = []


def take():
    kept.append(bytearray(15_000_000))


def compute():
    end = time.perf_counter() + 0.4
    while time.perf_counter() < end:
        sum(range(1000))


for _ in range(10):
    take()
    compute()
";

#[test]
fn growth_in_bursts_is_not_put_down_to_what_computes_in_between() {
    let Some(python) = newest_with_columns() else { return };
    let recording = recorded(&python, 100, BURSTS);
    let profile = &recording.profile;
    let [memory] = &profile.memory[..] else { panic!("one process: {:?}", profile.memory) };
    let whole = memory.peak - memory.first();
    assert!(whole > 100 * MIB, "{memory:?}");
    let compute = grown(profile, memory, "compute");
    // A line that was hardly seen yet may be taken for the one that grows.
    assert!((compute as f64) < 0.35 * whole as f64, "{compute} of {whole}: {memory:?}");
}

/// Has much for a moment, and then keeps what it makes, which never is as much.
const LEAK: &str = "\
import time
kept = []


def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def warm_up():
    table = b'x' * 300_000_000
    spin(0.5)


def leak():
    for _ in range(40):
        kept.append(bytearray(b'y' * 4_000_000))
        spin(0.05)


warm_up()
spin(0.5)
leak()
spin(0.3)
";

#[test]
fn a_leak_below_an_earlier_peak_is_told_and_what_was_given_back_too() {
    let Some(python) = newest_with_columns() else { return };
    let recording = recorded(&python, 100, LEAK);
    let profile = &recording.profile;
    let [memory] = &profile.memory[..] else { panic!("one process: {:?}", profile.memory) };
    // What makes the objects and what computes in between share lines of `spin`.
    let left = |growth: &unslow::profile::Growth| growth.left.expect("it is kept");
    let all: u64 = memory.growth.iter().map(left).sum();
    assert!((120 * MIB..190 * MIB).contains(&all), "{all}: {memory:?}");
    // How much falls to moments in which nobody was seen, and to what computes in between, is chance.
    let told = recording.findings["memory"]["grown"][0]["estimates"].as_array().expect("a list");
    let left_by = |name: &str| {
        let own = told.iter().filter(|it| it["function"] == name);
        own.map(|it| it["left"].as_u64().expect("bytes")).sum::<u64>()
    };
    assert!(left_by("leak") > 10 * MIB, "{told:?}");
    assert!(left_by("warm_up") < 10 * MIB, "{told:?}");
    let report = recording.report().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(report.contains(", given back since (estimate)"), "{report}");
    assert!(report.contains("still there in the end (estimate)"), "{report}");
}

/// One thread keeps what it takes now and then and sleeps in between, another computes and takes none.
const THREADS: &str = "\
import threading, time
kept = []


def take():
    for _ in range(100):
        kept.append(bytearray(b'x' * (1 << 20)))
        time.sleep(0.02)


def compute():
    while taker.is_alive():
        sum(range(1000))


taker = threading.Thread(target=take)
taker.start()
compute()
";

#[test]
fn growth_is_put_down_to_the_thread_that_takes_it() {
    let Some(python) = newest_with_columns() else { return };
    let recording = recorded(&python, 100, THREADS);
    let profile = &recording.profile;
    let [memory] = &profile.memory[..] else { panic!("one process: {:?}", profile.memory) };
    let whole = memory.peak - memory.first();
    assert!(whole > 90 * MIB, "{memory:?}");
    let compute = grown(profile, memory, "compute");
    assert!((compute as f64) < 0.1 * whole as f64, "{compute} of {whole}: {memory:?}");
}

/// Keeps what a function of the library makes.
const LIBRARY: &str = "\
import copy
base = [[i, str(i)] for i in range(2000)]
kept = []


def keep():
    kept.append(copy.deepcopy(base))


for _ in range(200):
    keep()
";

#[test]
fn growth_in_a_library_is_told_by_the_line_that_had_called_it() {
    let Some(python) = newest_with_columns() else { return };
    let recording = recorded(&python, 100, LIBRARY);
    let told = &recording.findings["memory"]["grown"][0]["estimates"][0];
    assert_eq!(told["function"], "keep", "{told:?}");
    let profile = &recording.profile;
    let [memory] = &profile.memory[..] else { panic!("one process: {:?}", profile.memory) };
    let is_below = |growth: &&unslow::profile::Growth| {
        growth.caller.is_some_and(|id| profile.locations[id as usize].code.name.data() == "keep")
    };
    let below: u64 = memory.growth.iter().filter(is_below).map(|growth| growth.bytes).sum();
    let whole = memory.peak - memory.first();
    assert!(below as f64 > 0.7 * whole as f64, "{below} of {whole}: {memory:?}");
}
