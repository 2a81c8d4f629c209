//! What holds for every CPython from 2.7 on.

use std::time::{Duration, Instant};

use unslow::sample::{AttachError, Options, Sample, Sampler};
use unslow::text::Untrusted;

use crate::support::{
    Target, interpreters, lines, names, sample_where, sweeps, until_gone, with_columns,
};

const READY: &str = "import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()\n";

#[test]
fn a_stack_has_its_functions_and_lines() {
    for python in interpreters() {
        let source = format!(
            "{READY}
def outer():
    middle()

def middle():
    inner(0)

def inner(n):
    while True:
        n = (n + 1) % 1000

outer()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let found = sampler.interpreter().python;
        assert_eq!((found.major, found.minor), python.version);
        let sample = sample_where(&mut sampler, |s| s.frames[0].code.name.data() == "inner");
        assert_eq!(names(&sample), ["<module>", "outer", "middle", "inner"], "{python:?}");
        let lines = lines(&sample);
        assert_eq!(lines[..3], [13, 4, 7], "{python:?}");
        assert!((10..=11).contains(&lines[3]), "{python:?}: {lines:?}");
        assert!(sample.state.on_cpu && sample.state.holds_gil, "{python:?}: {:?}", sample.state);
        let files = sample.frames.iter().map(|frame| frame.code.file.data());
        for file in files {
            assert_eq!(file, target.path.to_str().unwrap(), "{python:?}");
        }
        assert_eq!(sample.thread, target.pid(), "{python:?}");
    }
}

#[test]
fn every_thread_is_seen_with_its_state() {
    for python in interpreters() {
        let source = "
import sys, threading, time
started = threading.Semaphore(0)
def sleeper():
    started.release()
    time.sleep(1000)
def spinner():
    started.release()
    while True: pass
for body in (sleeper, sleeper, spinner):
    thread = threading.Thread(target=body)
    thread.daemon = True
    thread.start()
for _ in range(3): started.acquire()
sys.stdout.write('ready\\n'); sys.stdout.flush()
def waiter():
    time.sleep(1000)
waiter()
";
        let target = Target::start(python, source);
        let mut sampler = target.attach();
        sample_where(&mut sampler, |sample| names(sample).contains(&"waiter"));
        let mut idle = 0;
        let mut busy = 0;
        for sweep in sweeps(&mut sampler, 50, Duration::from_millis(2)) {
            if sweep.torn + sweep.unreadable > 0 {
                continue;
            }
            assert_eq!(sweep.samples.len(), 4, "{python:?}");
            let threads: std::collections::HashSet<u32> =
                sweep.samples.iter().map(|sample| sample.thread).collect();
            assert_eq!(threads.len(), 4, "{python:?}");
            for sample in &sweep.samples {
                match sample.frames[0].code.name.data() {
                    "spinner" => busy += u32::from(sample.state.is_busy()),
                    "sleeper" | "waiter" => idle += u32::from(!sample.state.is_busy()),
                    other => panic!("{python:?}: {other}"),
                }
            }
            let main = sweep.samples.iter().find(|sample| sample.thread == target.pid());
            assert_eq!(names(main.unwrap()), ["<module>", "waiter"], "{python:?}");
        }
        println!("{python:?}: busy {busy} of 50, idle {idle} of 150");
        assert!(busy >= 40 && idle >= 120, "{python:?}: busy {busy} of 50, idle {idle} of 150");
    }
}

#[test]
fn deep_recursion_is_whole() {
    for python in interpreters() {
        let source = format!(
            "import sys, time
sys.setrecursionlimit(10000)
def down(n):
    if n == 0:
        while True: pass
    down(n - 1)
{READY}
down(2999)
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sample = sample_where(&mut sampler, |sample| sample.frames.len() > 3000);
        let mut expected = vec!["<module>"];
        expected.extend(["down"; 3000]);
        assert_eq!(names(&sample), expected, "{python:?}");
        assert!(!sample.truncated);
    }
}

#[test]
fn generators_stand_under_who_drives_them() {
    for python in interpreters() {
        let source = format!(
            "{READY}
def numbers():
    while True:
        for i in range(100000): pass
        yield i
def doubled():
    for number in numbers():
        yield number * 2
def drive():
    for _ in doubled(): pass
drive()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let sample = sample_where(&mut sampler, |s| s.frames[0].code.name.data() == "numbers");
        assert_eq!(names(&sample), ["<module>", "drive", "doubled", "numbers"], "{python:?}");
    }
}

#[test]
fn names_beyond_ascii_are_read() {
    for python in interpreters() {
        let (latin, wide, astral) = match python.version.0 {
            2 => ("gross", "nihon", "astral"),
            _ => ("größe", "日本語", "𝔘𝔫𝔦"),
        };
        let source = format!(
            "{READY}
def {latin}(): {wide}()
def {wide}(): {astral}()
def {astral}():
    while True: pass
{latin}()
"
        );
        let target = Target::start_as(python, "größe_日本語_😀.py", &source);
        let mut sampler = target.attach();
        let sample = sample_where(&mut sampler, |sample| sample.frames.len() == 4);
        // Python normalises identifiers to NFKC, which makes plain letters of the fraktur ones.
        let astral = if python.version.0 == 2 { astral } else { "Uni" };
        assert_eq!(names(&sample), ["<module>", latin, wide, astral], "{python:?}");
        if python.version.0 == 3 {
            assert_eq!(sample.frames[0].code.file.data(), target.path.to_str().unwrap());
        }
    }
}

#[test]
fn the_end_of_the_target_is_noticed() {
    for python in interpreters() {
        let mut target = Target::start(python, &format!("{READY}\nwhile True: pass\n"));
        let mut sampler = target.attach();
        assert_eq!(sampler.sweep().map(|sweep| sweep.samples.len()), Ok(1), "{python:?}");
        target.kill();
        until_gone(&mut sampler);
        let again = Sampler::attach(target.pid(), Options::default());
        assert!(matches!(again, Err(AttachError::NoSuchProcess { .. } | AttachError::Gone { .. })));
    }
}

#[test]
fn a_program_that_ends_by_itself_is_sampled_to_its_end() {
    for python in interpreters() {
        let source = format!(
            "{READY}
import time
end = time.time() + 1.5
def work():
    while time.time() < end: pass
work()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        until_gone(&mut sampler);
    }
}

#[test]
fn a_program_that_has_only_just_been_started_is_waited_for() {
    for python in interpreters() {
        let source = "
def work():
    while True: pass
work()
";
        let target = Target::spawn(python, "target.py", source);
        let mut sampler = target.attach();
        let sample = sample_where(&mut sampler, |sample| names(sample).contains(&"work"));
        assert_eq!(names(&sample), ["<module>", "work"], "{python:?}");
    }
}

#[test]
fn threads_have_the_names_that_python_gave_them() {
    // py-spy does not read 2.7's dictionaries; there the kernel's name has to do.
    for python in interpreters().iter().filter(|python| python.version.0 == 3) {
        let source = format!(
            "import threading, time
def sleeper():
    time.sleep(1000)
thread = threading.Thread(target=sleeper, name='feeder-7')
thread.daemon = True
thread.start()
{READY}
sleeper()
"
        );
        let target = Target::start(python, &source);
        let mut sampler = target.attach();
        let is_other = |sample: &Sample| sample.thread != target.pid();
        let feeder = sample_where(&mut sampler, is_other).thread;
        let start = Instant::now();
        let mut name = None;
        while start.elapsed() < Duration::from_secs(20) {
            name = sampler.thread_name(feeder);
            if name.as_ref().is_some_and(|name| name.data() == "feeder-7") {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(name, Some(Untrusted::new("feeder-7")), "{python:?}");
    }
}

/// Generators and coroutines have states of exceptions of their own.
#[test]
fn an_exception_is_handled_where_a_handler_runs() {
    let telling = with_columns().filter(|python| python.version >= (3, 15));
    for python in telling {
        for (call, expected) in [
            ("handles()", true),
            ("spins()", false),
            ("coroutine_handles().send(None)", true),
            ("coroutine_spins().send(None)", false),
            ("next(generator_handles())", true),
            ("coroutine_spins_in_handler()", true),
        ] {
            let source = format!(
                "def spins():
    while True: pass
def handles():
    try: raise KeyError
    except KeyError: spins()
async def coroutine_spins(): spins()
async def coroutine_handles(): handles()
def generator_handles():
    try: raise KeyError
    except KeyError:
        spins()
        yield
def coroutine_spins_in_handler():
    try: raise KeyError
    except KeyError: coroutine_spins().send(None)
import sys; sys.stdout.write('ready\\n'); sys.stdout.flush()
{call}
"
            );
            let target = Target::start(python, &source);
            let mut sampler = target.attach();
            sample_where(&mut sampler, |s| names(s).ends_with(&["spins"]));
            for sweep in sweeps(&mut sampler, 20, Duration::from_millis(1)) {
                for sample in sweep.samples {
                    assert_eq!(sample.state.handles_exception, expected, "{python:?}: {call}");
                }
            }
        }
    }
}
