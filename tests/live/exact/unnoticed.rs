//! The target behaves as if nobody looked: signals, children, threads, ends, and its clock.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use unslow::sample::Sampler;

use super::{Pauses, READY, attach, on_each};
use crate::support::{Interpreter, Target, sample_where, sweeps, until_gone};

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
    on_each(|python| {
        // One byte for each signal, written by the handler in C: Python's own are run together.
        let source = format!(
            "import signal
alarms = 0
def on_alarm(*_):
    global alarms
    alarms += 1
received, sent = os.pipe()
os.set_blocking(sent, False)
os.set_blocking(received, False)
signal.signal(signal.SIGRTMIN, lambda *_: None)
signal.signal(signal.SIGALRM, on_alarm)
signal.set_wakeup_fd(sent)
signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
{READY}
child = os.fork()
if child == 0:
    for _ in range({SIGNALS}):
        os.kill(os.getppid(), signal.SIGRTMIN)
        time.sleep(0.0005)
    os._exit(0)
count = ended = 0
while not ended or time.monotonic() < ended + 0.2:
    for i in range(2000): pass
    try: count += os.read(received, 65536).count(bytes([signal.SIGRTMIN]))
    except BlockingIOError: pass
    if not ended and os.waitpid(child, os.WNOHANG)[0]: ended = time.monotonic()
signal.setitimer(signal.ITIMER_REAL, 0)
tell(count, alarms)
sys.exit(5)
"
        );
        let mut target = tells(python, &source);
        let mut sampler = attach(&target);
        let pauses = sweep_to_the_end(&mut sampler);
        assert_eq!(target.wait().code(), Some(5), "{python:?}");
        let told = told(&target);
        println!("{python:?}: {} of {SIGNALS} signals, {} alarms; {pauses}", told[0], told[1]);
        assert_eq!(told[0], SIGNALS, "{python:?}");
        assert!(told[1] > 20, "{python:?}: {told:?}");
    });
}

#[test]
fn children_are_started_and_threads_come_and_go_as_ever() {
    on_each(|python| {
        // Without preexec_fn, subprocess uses vfork: the parent sleeps where no signal wakes it.
        let source = format!(
            "import subprocess, threading
def spin(n):
    for _ in range(n): pass
{READY}
codes = joined = 0
for n in range(40):
    threads = [threading.Thread(target=spin, args=(20000,)) for _ in range(4)]
    for thread in threads: thread.start()
    codes += subprocess.call(['sh', '-c', 'exit 3'], close_fds=n % 2)
    for thread in threads: thread.join()
    joined += len(threads)
tell(codes, joined)
sys.exit(6)
"
        );
        let mut target = tells(python, &source);
        let mut sampler = attach(&target);
        let pauses = sweep_to_the_end(&mut sampler);
        println!("{python:?}: {pauses}");
        assert_eq!(target.wait().code(), Some(6), "{python:?}");
        assert_eq!(told(&target), [120, 160], "{python:?}");
        assert!(pauses.sweeps > 100, "{python:?}: too few to prove anything");
    });
}

#[test]
fn a_program_that_sleeps_is_left_asleep() {
    on_each(|python| {
        let source = format!(
            "import select, threading, time
def waiter(): select.epoll().poll(1000)
threading.Thread(target=waiter, daemon=True).start()
time.sleep(0.1)
{READY}
time.sleep(1000)
"
        );
        let target = Target::start(python, &source);
        let mut sampler = attach(&target);
        std::thread::sleep(Duration::from_millis(100));
        let before = turns(target.pid());
        for sweep in sweeps(&mut sampler, 300, Duration::from_micros(200)) {
            assert_eq!(sweep.stopped, Duration::ZERO, "{python:?}");
            assert_eq!((sweep.samples.len(), sweep.torn, sweep.unreadable), (2, 0, 0));
            assert!(sweep.samples.iter().all(|sample| !sample.state.is_busy()), "{python:?}");
        }
        assert_eq!(turns(target.pid()), before, "{python:?}: nobody was woken");
    });
}

/// How often each thread of a process has had a processor.
fn turns(pid: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it is there");
    let paths = tasks.map(|task| task.expect("a thread").path().join("schedstat"));
    paths.map(|path| std::fs::read_to_string(path).expect("an account")).collect()
}

#[test]
fn a_program_that_is_stopped_stays_so_until_it_is_continued() {
    on_each(|python| {
        let source = format!(
            "import threading
def spin():
    while True: pass
threading.Thread(target=spin, daemon=True).start()
{READY}
spin()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = attach(&target);
        let is_busy = |sampler: &mut Sampler| {
            let sweeps = sweeps(sampler, 50, Duration::from_micros(500));
            sweeps.iter().flat_map(|sweep| &sweep.samples).any(|sample| sample.state.is_busy())
        };
        for _ in 0..10 {
            assert!(is_busy(&mut sampler), "{python:?}");
            signal(target.pid(), Signal::STOP);
            until_state(target.pid(), "T");
            assert!(!is_busy(&mut sampler), "{python:?}");
            until_state(target.pid(), "T");
            signal(target.pid(), Signal::CONT);
            sample_where(&mut sampler, |sample| sample.state.is_busy());
        }
    });
}

/// Waits until every thread of the process is in this state.
fn until_state(pid: u32, state: &str) {
    let start = Instant::now();
    let is_in_it = |path: std::path::PathBuf| {
        let stat = std::fs::read_to_string(path.join("stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(state))
    };
    let are_all = || {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it is there");
        tasks.flatten().all(|task| is_in_it(task.path()))
    };
    while !are_all() {
        assert!(start.elapsed() < Duration::from_secs(10), "not in state {state}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_program_may_execute_another_or_be_killed() {
    on_each(|python| {
        let source = format!(
            "import threading
def spin():
    while True: pass
for _ in range(3): threading.Thread(target=spin, daemon=True).start()
{READY}
end = time.monotonic() + 0.5
while time.monotonic() < end: pass
os.execv('/bin/sh', ['sh', '-c', 'sleep 0.3; exit 7'])
"
        );
        let mut target = tells(python, &source);
        let mut sampler = attach(&target);
        sweep_to_the_end(&mut sampler);
        assert_eq!(target.wait().code(), Some(7), "{python:?}");

        let target = Target::start(python, &format!("{READY}\nwhile True: pass\n"));
        let mut sampler = attach(&target);
        for sweep in sweeps(&mut sampler, 20, Duration::from_micros(100)) {
            assert!(sweep.stopped > Duration::ZERO, "{python:?}");
        }
        let pid = target.pid();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            signal(pid, Signal::KILL);
        });
        until_gone(&mut sampler);
        killer.join().expect("no panic");
    });
}

#[test]
fn the_programs_own_clock_sees_no_gap() {
    on_each(|python| {
        let source = format!(
            "import threading
def longest_gap(seconds):
    longest = 0
    last = start = time.monotonic()
    while last < start + seconds:
        now = time.monotonic()
        longest = max(longest, now - last)
        last = now
    return int(longest * 1e6)
alone = longest_gap(1)
{READY}
while not os.path.exists(sys.argv[0] + '.go'): pass
tell(alone, longest_gap(2))
"
        );
        let mut target = tells(python, &source);
        let mut sampler = attach(&target);
        let mut go = target.path.clone().into_os_string();
        go.push(".go");
        std::fs::write(go, "").expect("a file");
        let pauses = sweep_to_the_end(&mut sampler);
        target.wait();
        let told = told(&target);
        println!("{python:?}: {} us alone, {} us sampled; {pauses}", told[0], told[1]);
        assert!(pauses.sweeps > 200, "{python:?}: too few to prove anything");
        assert!(told[1] < told[0] + 100_000, "{python:?}: {told:?}");
    });
}
