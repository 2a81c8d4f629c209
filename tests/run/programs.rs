//! Programs that turn into others, and one of many frames.

use super::processes::{process, record, report, seen};
use super::python_path;
use super::support::{interpreters, with_columns};

const TURNS: &str = "\
import os, sys, time

def busy(seconds):
    end = time.time() + seconds
    while time.time() < end: pass

def before(): busy(1.7)
def after(): busy(2.5)

if len(sys.argv) == 2:
    before()
    script = 'sleep 0.4; exec \"$0\" \"$1\"'
    os.execv('/bin/sh', ['sh', '-c', script, sys.argv[1], os.path.abspath(__file__)])
after()
";

#[test]
fn a_program_that_turns_into_another_version_by_way_of_a_shell_is_sampled_again() {
    let next = interpreters().iter().cycle().skip(1);
    for (python, other) in interpreters().iter().zip(next) {
        let (profile, told) = record(python, TURNS, &[python_path(other)]);
        let seconds = |function| {
            let samples: u64 = seen(&profile, function).values().sum();
            samples as f64 * profile.timing.sample_seconds()
        };
        let (before, after) = (seconds("before"), seconds("after"));
        println!("{:?}, then {:?}: {before:.2} s, {after:.2} s", python.version, other.version);
        // Within two seconds of its start, which takes a while itself on a busy machine.
        assert!(before > 0.1 && after > 0.5, "{python:?} {before}, {other:?} {after}: {told}");
        let last = process(&profile, profile.target.pid).python.expect("a Python");
        assert_eq!((last.major, last.minor), other.version);
        let (major, minor) = python.version;
        let earlier = format!("Part of the run was on CPython {major}.{minor}.");
        assert!(report(&profile).contains(&earlier), "{}", report(&profile));
    }
}

const CHAIN: &str = "\
import os, sys, time
end = time.time() + 0.3
while time.time() < end: pass
left = int(sys.argv[1])
if left: os.execv(sys.executable, [sys.executable, os.path.abspath(__file__), str(left - 1)])
";

#[test]
fn time_before_a_program_is_attached_to_again_is_counted_and_not_taken_for_idle() {
    for python in with_columns() {
        let (profile, told) = record(python, CHAIN, &["9"]);
        let timing = &profile.timing;
        let (sweeps, busy) = (timing.sweeps, profile.busy_samples());
        println!(
            "{:?}: {busy} busy of {sweeps}, {} not attached",
            python.version, timing.unattached
        );
        assert!(timing.unattached >= 9 && timing.blind >= 9, "{timing:?}");
        assert!(timing.unattached < sweeps / 2, "it does not take long: {timing:?}");
        // A sweep is of the program's computing, or of its beginning; an interpreter that is just up
        // or ends may have no stack.
        let known = busy + timing.torn + timing.blind;
        assert!(known as f64 > 0.8 * sweeps as f64, "{known} of {sweeps}: {timing:?}; {told}");
        let run = profile.run_samples();
        assert!(run <= sweeps - timing.blind && busy as f64 > 0.85 * run as f64, "{busy} of {run}");
        let report = report(&profile);
        assert!(report.contains(" looks at processes not attached to yet, not taken"), "{report}");
        // Where attaching takes so little time, it is no warning.
        if timing.blind * 20 > sweeps {
            assert!(report.contains("had turned into another program"), "{report}");
        }
    }
}

const DEEP: &str = "\
import sys, threading, time
sys.setrecursionlimit(10**6)
threading.stack_size(256 << 20)

def bottom():
    end = time.time() + 1
    while time.time() < end: pass

def down(left):
    if left == 0: bottom()
    else: down(left - 1)

if sys.argv[2:]:
    thread = threading.Thread(target=down, args=(int(sys.argv[1]),))
    thread.start()
    thread.join()
else:
    down(int(sys.argv[1]))
";

#[test]
fn a_profile_of_a_deep_recursion_can_be_read() {
    for python in with_columns() {
        // On the stack of the system, which has 8 MiB, 3.11 and later need little for each call.
        for arguments in [&["5000"][..], &["20000", "in a thread"]] {
            let (profile, told) = record(python, DEEP, arguments);
            let timing = &profile.timing;
            let samples: u64 = seen(&profile, "bottom").values().sum();
            println!("{:?}, {arguments:?}: {samples} samples", python.version);
            assert!(samples > 20 && timing.truncated > 20, "{timing:?}: {told}");
        }
    }
}
