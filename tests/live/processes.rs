//! Children, and programs whose threads and interpreters come and go.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use unslow::sample::{AttachError, Options, Sample, Sampler};

use crate::support::{Target, interpreters, names, sample_where, sweeps, thread_cpu, with_columns};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

/// The processes that `pid` has started, as the kernel lists them.
fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|id| id.parse().ok()).collect()
}

pub(crate) fn children_when_there_are(pid: u32, count: usize) -> Vec<u32> {
    let start = Instant::now();
    loop {
        let found = children(pid);
        if found.len() >= count {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{} of {count} children", found.len());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_pool_of_forked_workers_is_cheap_to_attach_to() {
    for python in with_columns() {
        let source = format!(
            "import os, time
def work():
    time.sleep(1000)
for _ in range(32):
    if os.fork() == 0:
        work()
{READY}
time.sleep(1000)
"
        );
        let target = Target::start(python, &source);
        let parent = target.attach();
        let pids = children_when_there_are(target.pid(), 32);
        let before = thread_cpu();
        let mut workers: Vec<Sampler> =
            pids.iter().map(|&pid| parent.attach_child(pid).unwrap()).collect();
        let cost = thread_cpu() - before;
        println!("{python:?}: attached to 32 workers in {cost:?} of processor time");
        assert!(cost < Duration::from_millis(500), "{python:?}: {cost:?}");
        for (worker, &pid) in workers.iter_mut().zip(&pids) {
            // It may still be on its way to sleep.
            let sample = sample_where(worker, |sample| !sample.state.is_busy());
            assert_eq!(names(&sample), ["<module>", "work"], "{python:?}");
            assert_eq!(sample.thread, pid, "{python:?}");
        }
        drop(target);
        for pid in pids {
            end(pid);
        }
    }
}

#[test]
fn children_of_every_kind_are_attached_to() {
    for python in interpreters() {
        let source = format!(
            "import os, subprocess, sys, time
def work():
    time.sleep(1000)
code = 'import time\\ndef work(): time.sleep(1000)\\nwork()'
subprocess.Popen([sys.executable, '-c', code])
subprocess.Popen(['sleep', '1000'])
if os.fork() == 0:
    work()
{READY}
time.sleep(1000)
"
        );
        let target = Target::start(python, &source);
        let parent = Sampler::attach(target.pid(), patient()).unwrap();
        let pids = children_when_there_are(target.pid(), 3);
        let mut attached = 0;
        for &pid in &pids {
            match attach_when_it_is_up(&parent, pid) {
                Ok(mut child) => {
                    let sample = sample_where(&mut child, |s| names(s).contains(&"work"));
                    assert_eq!(names(&sample), ["<module>", "work"], "{python:?}");
                    attached += 1;
                }
                Err(AttachError::NotPython { .. }) => {}
                Err(error) => panic!("{python:?}: {error}"),
            }
        }
        drop(target);
        for pid in pids {
            end(pid);
        }
        assert_eq!(attached, 2, "{python:?}: `sleep` is not Python, the other two are");
    }
}

/// A child that is only starting is tried again, for two seconds.
fn attach_when_it_is_up(parent: &Sampler, pid: u32) -> Result<Sampler, AttachError> {
    let start = Instant::now();
    loop {
        match parent.attach_child(pid) {
            Err(AttachError::NotPython { .. } | AttachError::NotYetRunning { .. })
                if start.elapsed() < Duration::from_secs(2) =>
            {
                std::thread::sleep(Duration::from_millis(50));
            }
            outcome => return outcome,
        }
    }
}

fn patient() -> Options {
    Options { patience: Duration::from_secs(10), ..Options::default() }
}

/// Ends a process that a target of ours has left behind.
fn end(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).expect("a process id");
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
}

#[test]
fn a_stopped_program_is_not_busy_and_sampled_on_when_it_goes_on() {
    for python in interpreters() {
        let source = format!("{READY}\ndef work():\n    while True: pass\nwork()\n");
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let is_busy = |sample: &Sample| sample.state.is_busy() && names(sample).contains(&"work");
        sample_where(&mut sampler, is_busy);
        let signal = |signal| {
            let pid = rustix::process::Pid::from_raw(target.pid().cast_signed()).expect("an id");
            rustix::process::kill_process(pid, signal).expect("it is ours");
        };
        signal(rustix::process::Signal::STOP);
        sample_where(&mut sampler, |sample| !sample.state.is_busy());
        for sweep in sweeps(&mut sampler, 20, Duration::from_millis(2)) {
            let [stopped] = &sweep.samples[..] else { panic!("{python:?}: {sweep:?}") };
            assert!(!stopped.state.is_busy(), "{python:?}: {:?}", stopped.state);
            assert!(names(stopped).contains(&"work"), "{python:?}");
        }
        signal(rustix::process::Signal::CONT);
        sample_where(&mut sampler, is_busy);
    }
}

#[test]
fn threads_that_come_and_go_are_never_mixed_up() {
    for python in with_columns() {
        let source = format!(
            "import threading, time
def leaf():
    for _ in range(2000): pass
def short():
    leaf()
def long():
    while True: leaf(); time.sleep(0.001)
threading.Thread(target=long, daemon=True).start()
{READY}
def churn():
    while True:
        threads = [threading.Thread(target=short) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
churn()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let mut threads = HashSet::new();
        let mut all = Vec::new();
        let start = Instant::now();
        // How many of the short ones are met is up to the machine.
        while threads.len() <= 100 {
            assert!(start.elapsed() < Duration::from_secs(60), "{python:?}: {}", threads.len());
            let sweeps = sweeps(&mut sampler, 500, Duration::from_micros(500));
            let samples = sweeps.iter().flat_map(|sweep| &sweep.samples);
            threads.extend(samples.map(|sample| sample.thread));
            all.extend(sweeps);
        }
        for sample in all.iter().flat_map(|sweep| &sweep.samples) {
            let names = names(sample);
            let is_main = names[0] == "<module>";
            assert_eq!(is_main, sample.thread == target.pid(), "{python:?}: {names:?}");
            if !is_main {
                assert_eq!(names[0], "Thread._bootstrap", "{python:?}: {names:?}");
            }
            let leaf = names.iter().position(|name| *name == "leaf");
            if let Some(leaf) = leaf {
                assert!(matches!(names[leaf - 1], "short" | "long"), "{python:?}: {names:?}");
            }
        }
        let torn: u32 = all.iter().map(|sweep| sweep.torn).sum();
        let unreadable: u32 = all.iter().map(|sweep| sweep.unreadable).sum();
        println!("{python:?}: {} threads, {torn} torn, {unreadable} unreadable", threads.len());
    }
}

#[test]
fn code_in_a_subinterpreter_is_seen() {
    for python in with_columns() {
        let module = if python.version >= (3, 13) { "_interpreters" } else { "_xxsubinterpreters" };
        let source = format!(
            "import {module} as interpreters, threading, time
code = '''
def inside():
    while True: pass
inside()
'''
def drive():
    interpreters.run_string(interpreters.create(), code)
threading.Thread(target=drive, daemon=True).start()
{READY}
def outside():
    time.sleep(1000)
outside()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        // An interpreter that is only being made has no lock yet.
        let inside =
            sample_where(&mut sampler, |s| names(s).contains(&"inside") && s.state.holds_gil);
        // All of it is one stack of one thread, which is busy once.
        let inner_end = ["drive", "<module>", "inside"];
        assert!(names(&inside).ends_with(&inner_end), "{python:?}: {:?}", names(&inside));
        let outside = sample_where(&mut sampler, |s| names(s).contains(&"outside"));
        assert_eq!(names(&outside), ["<module>", "outside"], "{python:?}");
        assert_ne!(inside.thread, outside.thread, "{python:?}");
        assert!(inside.state.on_cpu, "{python:?}");
        for sweep in sweeps(&mut sampler, 50, Duration::from_millis(1)) {
            let its_own = sweep.samples.iter().filter(|sample| sample.thread == inside.thread);
            assert!(its_own.clone().count() <= 1, "{python:?}");
            assert!(its_own.into_iter().all(|it| names(it).ends_with(&inner_end)), "{python:?}");
        }
    }
}

#[test]
fn code_in_a_subinterpreter_belongs_to_the_thread_that_runs_it() {
    for python in with_columns() {
        let module = if python.version >= (3, 13) { "_interpreters" } else { "_xxsubinterpreters" };
        let source = format!(
            "import {module} as interpreters, threading
# On 3.11 a thread of another interpreter has to let go of the lock by itself.
code = '''
import time
def inside():
    while True:
        for _ in range(20000): pass
        time.sleep(0.001)
inside()
'''
made_here = [interpreters.create() for _ in range(2)]
def drive(number):
    interpreters.run_string(made_here[number], code)
workers = [threading.Thread(target=drive, args=[n], daemon=True) for n in range(2)]
for worker in workers: worker.start()
def outside():
    workers[0].join()
{READY}
outside()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        sample_where(&mut sampler, |s| names(s).contains(&"outside"));
        let mut drivers = HashSet::new();
        for sweep in sweeps(&mut sampler, 50, Duration::from_millis(1)) {
            for sample in &sweep.samples {
                let names = names(sample);
                let is_main = sample.thread == target.pid();
                let is_inside = names.ends_with(&["drive", "<module>", "inside"]);
                assert_ne!(is_main, is_inside, "{python:?}: {names:?}");
                if !is_main {
                    drivers.insert(sample.thread);
                }
            }
        }
        assert_eq!(drivers.len(), 2, "{python:?}");
    }
}

#[test]
fn a_process_whose_first_thread_has_ended_is_read_on() {
    for python in with_columns() {
        let source = format!(
            "import threading, time
try:
    from ctypes import CDLL
except ImportError:
    CDLL = None
def burn():
    while True: pass
threading.Thread(target=burn).start()
{READY}
time.sleep(0.2)
if CDLL: CDLL(None).pthread_exit(None)
"
        );
        let target = Target::start(python, &source);
        let pid = target.pid();
        let mut before = target.attach();
        sample_where(&mut before, |s| names(s).ends_with(&["burn"]));
        let start = Instant::now();
        let has_ended = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("stat");
            stat.contains(") Z ")
        };
        while !has_ended() {
            if start.elapsed() > Duration::from_secs(5) {
                return println!("{python:?} has no ctypes");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        before.sweep().expect("it runs on");
        for mut sampler in [before, target.attach()] {
            for sweep in sweeps(&mut sampler, 5, Duration::from_millis(1)) {
                let told: Vec<_> = sweep
                    .samples
                    .iter()
                    .map(|it| (it.thread != pid, it.state, names(it)))
                    .collect();
                assert_eq!(told.len(), 1, "{python:?}: {told:?}");
                assert!(told[0].0 && told[0].2.ends_with(&["burn"]), "{python:?}: {told:?}");
            }
        }
    }
}
