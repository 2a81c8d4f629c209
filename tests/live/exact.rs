//! Exact mode: a stack that never was is never reported, and the target does not notice.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use unslow::sample::{AttachError, Options, Sampler, Sweep};

use crate::support::{Interpreter, Target, interpreters, names, sample_where, until_gone, with_columns};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

fn attach(target: &Target) -> Sampler {
    let options = Options { patience: Duration::from_secs(10), exact: true, ..Options::default() };
    Sampler::attach(target.pid(), options).unwrap_or_else(|error| panic!("{error}"))
}

fn count_sweeps() -> usize {
    std::env::var("UNSLOW_SWEEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(3000)
}

#[test]
fn calls_that_alternate_are_never_mixed_up() {
    for python in with_columns() {
        let flutter = "
def leaf_a(): return 1
def leaf_b(): return 2
def hot_a(): return leaf_a()
def hot_b(): return leaf_b()
def flutter():
    while True:
        hot_a(); hot_b()
flutter()
";
        let possible = |names: &[&str]| {
            matches!(
                names,
                ["<module>", "flutter"]
                    | ["<module>", "flutter", "hot_a" | "hot_b"]
                    | ["<module>", "flutter", "hot_a", "leaf_a"]
                    | ["<module>", "flutter", "hot_b", "leaf_b"]
            )
        };
        assert_all_possible(python, "calls", flutter, possible);
    }
}

#[test]
fn generators_that_take_turns_are_never_mixed_up() {
    for python in with_columns() {
        let flutter = "
def leaf_a(): return 1
def leaf_b(): return 2
def gen_a():
    while True: yield leaf_a()
def gen_b():
    while True: yield leaf_b()
def flutter():
    a, b = gen_a(), gen_b()
    while True:
        next(a); next(b)
flutter()
";
        let possible = |names: &[&str]| {
            matches!(
                names,
                ["<module>", "flutter"]
                    | ["<module>", "flutter", "gen_a" | "gen_b"]
                    | ["<module>", "flutter", "gen_a", "leaf_a"]
                    | ["<module>", "flutter", "gen_b", "leaf_b"]
            )
        };
        assert_all_possible(python, "generators", flutter, possible);
    }
}

fn assert_all_possible(
    python: &Interpreter,
    what: &str,
    source: &str,
    possible: impl Fn(&[&str]) -> bool,
) {
    let target = Target::start(python, &format!("{READY}{source}"));
    let mut sampler = attach(&target);
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
            if !possible(&names) {
                let names = names.into_iter().map(str::to_owned).collect();
                *impossible.entry(names).or_default() += 1;
            }
        }
    }
    println!("{python:?}: {what}: {all} stacks, {deep} of them four deep; {pauses}");
    assert!(deep * 20 > all, "{python:?}: too few to prove anything");
    assert!(pauses.lost * 100 < all, "{python:?}: {pauses}");
    assert!(impossible.is_empty(), "{python:?}: {impossible:?}");
}

#[derive(Default)]
struct Pauses {
    sweeps: u32,
    lost: u32,
    all: Vec<Duration>,
}

impl Pauses {
    fn add(&mut self, sweep: &Sweep) {
        self.sweeps += 1;
        self.lost += sweep.torn + sweep.unreadable;
        self.all.push(sweep.stopped);
    }
}

impl std::fmt::Display for Pauses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.all.clone();
        sorted.sort();
        let mean = sorted.iter().sum::<Duration>() / self.sweeps.max(1);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        write!(
            f,
            "{} lost in {} sweeps; stopped {mean:?} on average, median {:?}, 99 % {:?}, at most {:?}",
            self.lost,
            self.sweeps,
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}

/// Sends a signal to a target of ours.
fn signal(pid: u32, signal: Signal) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process id");
    rustix::process::kill_process(pid, signal).expect("it is there");
}

/// Sweeps until the target has ended.
fn sweep_to_the_end(sampler: &mut Sampler) -> Pauses {
    let start = Instant::now();
    let mut pauses = Pauses::default();
    while let Ok(sweep) = sampler.sweep() {
        pauses.add(&sweep);
        assert!(start.elapsed() < Duration::from_secs(60), "it should have ended: {pauses}");
        std::thread::sleep(Duration::from_micros(200));
    }
    pauses
}

/// A program that has a file beside it to tell what it saw.
fn tells(python: &Interpreter, source: &str) -> Target {
    let preamble = "
import sys, time, os
def tell(*what):
    with open(sys.argv[0] + '.told', 'w') as file: file.write(' '.join(map(str, what)))
";
    Target::start(python, &format!("{preamble}{source}"))
}

fn told(target: &Target) -> Vec<u64> {
    let mut path = target.path.clone().into_os_string();
    path.push(".told");
    let text = std::fs::read_to_string(path).expect("the program told");
    text.split(' ').map(|number| number.parse().expect("a number")).collect()
}

#[test]
fn every_signal_arrives_once() {
    const SIGNALS: u64 = 400;
    for python in with_columns() {
        // One byte for each signal, written by the handler in C: Python's own are run together.
        let source = format!(
            "import signal
alarms = 0
def on_alarm(*_):
    global alarms
    alarms += 1
received, sent = os.pipe()
os.set_blocking(sent, False)
signal.signal(signal.SIGRTMIN, lambda *_: None)
signal.signal(signal.SIGALRM, on_alarm)
signal.set_wakeup_fd(sent)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
{READY}
numbers = b''
while numbers.count(bytes([signal.SIGRTMIN])) < {SIGNALS}:
    for i in range(2000): pass
    os.set_blocking(received, False)
    try: numbers += os.read(received, 65536)
    except BlockingIOError: pass
time.sleep(0.1)
try: numbers += os.read(received, 65536)
except BlockingIOError: pass
tell(numbers.count(bytes([signal.SIGRTMIN])), alarms)
sys.exit(5)
"
        );
        let mut target = tells(python, &source);
        let mut sampler = attach(&target);
        let pid = target.pid();
        let sender = std::thread::spawn(move || {
            for _ in 0..SIGNALS {
                signal(pid, Signal::rt(0).expect("a real-time signal"));
                std::thread::sleep(Duration::from_micros(500));
            }
        });
        let pauses = sweep_to_the_end(&mut sampler);
        sender.join().expect("all were sent");
        assert_eq!(target.wait().code(), Some(5), "{python:?}");
        let told = told(&target);
        println!("{python:?}: {} of {SIGNALS} signals, {} alarms; {pauses}", told[0], told[1]);
        assert_eq!(told[0], SIGNALS, "{python:?}");
        assert!(told[1] > 20, "{python:?}: {told:?}");
    }
}
