//! Children of every kind.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::time::Duration;

use unslow::profile::{Count, Process, Profile, Thread, file};

use super::support::{Interpreter, interpreters, newest_with_columns, unslow, with_columns};
use super::{python_path, run};

/// Runs a script under unslow, and gives what was recorded and what was told.
pub(super) fn record(python: &Interpreter, script: &str, arguments: &[&str]) -> (Profile, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("program.py"), script).expect("a script");
    let program = ["--", python_path(python), "program.py"];
    let output = run(folder.path(), python, &[&program, arguments].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{python:?}: {told}");
    (file::load(&folder.path().join("profile.pb.gz")).expect("a profile"), told)
}

/// Samples with each function of a name like this one at the leaf or above it, by process.
pub(super) fn seen(profile: &Profile, function: &str) -> BTreeMap<u32, u64> {
    let mut seen = BTreeMap::new();
    for count in &profile.counts {
        let mut frames = profile.frames(count.stack);
        if frames.any(|frame| frame.code.name.data().ends_with(function)) {
            let pid = profile.threads[count.thread as usize].pid;
            *seen.entry(pid).or_default() += count.samples;
        }
    }
    seen
}

pub(super) fn process(profile: &Profile, pid: u32) -> &Process {
    profile.processes.iter().find(|process| process.pid == pid).expect("it is in the profile")
}

const AT_ONCE: &str = "\
import multiprocessing, sys, time

def spin():
    end = time.time() + 1.5
    while time.time() < end: pass

fork = multiprocessing.get_context('fork')
workers = [fork.Process(target=spin) for _ in range(int(sys.argv[1]))]
for worker in workers: worker.start()
for worker in workers: worker.join()
time.sleep(1)
";

/// The run is longer than two workers are busy together, so that only the sweeps tell.
#[test]
fn what_is_busy_at_once_is_counted_and_said() {
    let Some(python) = newest_with_columns() else { return };
    for (workers, is_parallel) in [("1", false), ("2", true)] {
        let (profile, _) = record(&python, AT_ONCE, &[workers]);
        let (busy, at_once) = (profile.busy_samples(), profile.timing.at_once);
        println!("{workers}: {at_once} of {busy} at once, {} sweeps", profile.timing.sweeps);
        assert_eq!(profile.is_parallel(), is_parallel, "{at_once} of {busy}");
        let report = report(&profile);
        assert_eq!(report.contains("were busy at once"), is_parallel, "{report}");
    }
}

const CHILDREN: &str = "\
import multiprocessing, os, subprocess, sys, time

def busy(seconds):
    end = time.time() + seconds
    while time.time() < end: pass

def of_fork(): busy(3)
def of_spawn(): busy(3)
def of_forkserver(): busy(3)
def of_subprocess(): busy(3)

def main():
    if len(sys.argv) > 1:
        return of_subprocess()
    waits = [subprocess.Popen([sys.executable, __file__, 'child']).wait]
    if sys.version_info[0] == 3:
        for method, target in (('spawn', of_spawn), ('forkserver', of_forkserver)):
            process = multiprocessing.get_context(method).Process(target=target)
            process.start()
            waits.append(process.join)
    pid = os.fork()
    if pid == 0:
        of_fork()
        os._exit(0)
    os.waitpid(pid, 0)
    for wait in waits: wait()

if __name__ == '__main__':
    main()
";

#[test]
fn children_of_every_kind_are_followed() {
    for python in interpreters() {
        let (profile, told) = record(python, CHILDREN, &[]);
        let root = profile.target.pid;
        let kinds = match python.version.0 {
            2 => &["of_subprocess", "of_fork"][..],
            _ => &["of_subprocess", "of_fork", "of_spawn", "of_forkserver"],
        };
        let mut pids = HashSet::from([root]);
        for kind in kinds {
            let seen = seen(&profile, kind);
            println!("{:?}: {kind} {seen:?}", python.version);
            let [(&pid, &samples)] = seen.iter().collect::<Vec<_>>()[..] else {
                panic!("{python:?}: {kind} in {seen:?}; {told}");
            };
            assert!(samples >= 10 && pids.insert(pid), "{python:?}: {kind}: {seen:?}");
            let process = process(&profile, pid);
            let ran = process.python.map(|python| (python.major, python.minor));
            assert_eq!(ran, Some(python.version), "{kind}");
            let is_grandchild = *kind == "of_forkserver";
            assert_eq!(process.parent == root, !is_grandchild, "{python:?}: {kind}");
        }
    }
}

#[test]
fn threads_that_live_for_a_moment_have_names() {
    let Some(python) = &newest_with_columns() else { return };
    let script = "\
import threading, time
def work():
    end = time.time() + 0.06
    while time.time() < end: pass
for number in range(40):
    thread = threading.Thread(target=work, name='short-%d' % number)
    thread.start(); thread.join()
";
    let (profile, _) = record(python, script, &[]);
    let is_other = |it: &&Thread| it.tid != it.pid;
    let is_named =
        |it: &&Thread| it.name.as_ref().is_some_and(|it| it.data().starts_with("short-"));
    let threads: Vec<&Thread> = profile.threads.iter().filter(is_other).collect();
    let named = threads.iter().filter(|it| is_named(it)).count();
    println!("{named} of {} have names", threads.len());
    assert!(threads.len() > 10 && named as f64 > 0.7 * threads.len() as f64, "{threads:?}");
}

#[test]
fn children_without_python_are_noted_in_one_line() {
    let Some(python) = &newest_with_columns() else { return };
    let script = "\
import subprocess, time
children = [subprocess.Popen(['sleep', '2']) for _ in range(12)]
end = time.time() + 1.5
while time.time() < end: pass
for child in children: child.wait()
";
    let (profile, _) = record(python, script, &[]);
    assert_eq!((profile.timing.without_python, profile.timing.left_out), (12, 0));
    let sleeping = |it: &&Process| it.command.data() == "sleep 2" && it.python.is_none();
    assert_eq!(profile.processes.iter().filter(sleeping).count(), 12);
    let report = report(&profile);
    assert_eq!(report.matches("12 processes without Python").count(), 1, "{report}");
    assert!(!report.contains("sleep"), "{report}");
}

#[test]
fn children_that_end_at_once_are_not_said_to_be_without_python() {
    let Some(python) = &newest_with_columns() else { return };
    let script = "\
import multiprocessing, time
def work():
    end = time.time() + 0.02
    while time.time() < end: pass
end = time.time() + 3
while time.time() < end:
    process = multiprocessing.get_context('fork').Process(target=work)
    process.start(); process.join()
";
    let (profile, _) = record(python, script, &[]);
    assert_eq!((profile.timing.without_python, profile.timing.left_out), (0, 0));
    assert!(profile.processes.len() > 3, "some were met: {:?}", profile.processes);
}

#[test]
fn a_thread_in_another_interpreter_is_one_thread_with_its_name() {
    for python in with_columns() {
        if python.version < (3, 12) {
            continue; // one lock for all
        }
        let module = if python.version >= (3, 13) { "_interpreters" } else { "_xxsubinterpreters" };
        let script = format!(
            "\
import {module} as interpreters, threading
code = '''
import time
def inside():
    end = time.time() + 3
    while time.time() < end: pass
inside()
'''
def drive(): interpreters.run_string(interpreters.create(), code)
threads = [threading.Thread(target=drive, name='driver-%d' % n) for n in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"
        );
        let (profile, _) = record(python, &script, &[]);
        for name in ["driver-0", "driver-1"] {
            let is_it = |it: &Thread| it.name.as_ref().is_some_and(|it| it.data() == name);
            let index = profile.threads.iter().position(is_it);
            let index = index.unwrap_or_else(|| panic!("{python:?}: {:?}", profile.threads));
            let its_own = profile.counts.iter().filter(|count| count.thread as usize == index);
            let (busy, idle): (Vec<_>, Vec<_>) = its_own.partition(|it| it.state.is_busy());
            let sum = |counts: Vec<&Count>| counts.iter().map(|it| it.samples).sum::<u64>();
            let (busy, idle) = (sum(busy), sum(idle));
            assert!(busy > 20 && idle * 4 < busy, "{python:?}: {name}: {busy} busy, {idle} idle");
        }
    }
}

/// In one line, however it was wrapped.
pub(super) fn report(profile: &Profile) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("profile.pb.gz");
    fs::write(&path, file::write(profile).expect("a profile")).expect("written");
    let output = unslow().arg("report").arg(path).output().expect("a report");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const DAEMON: &str = "\
import os, sys, time

def busy(seconds):
    end = time.time() + seconds
    while time.time() < end: pass

def orphan(work):
    read, write = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(write, str(os.getpid()).encode())
            work()
        os._exit(0)
    os.wait()
    return int(os.read(read, 20))

def daemon(): busy(2); os._exit(0)
def short(): os._exit(0)

def is_there(pid):
    try: os.kill(pid, 0)
    except OSError: return False
    return True

pid, gone = orphan(daemon), orphan(short)
end = time.time() + 10
while is_there(gone): assert time.time() < end, 'nobody waits for it'
sys.stdout.write(str(pid))
sys.stdout.flush()
while is_there(pid): time.sleep(0.01)
";

#[test]
fn a_daemon_is_followed_and_waited_for() {
    for python in with_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("program.py"), DAEMON).expect("a script");
        let output = run(folder.path(), python, &["--", python_path(python), "program.py"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{python:?}: {told}");
        let daemon: u32 = String::from_utf8_lossy(&output.stdout).parse().expect("an id");
        let profile = file::load(&folder.path().join("profile.pb.gz")).expect("a profile");
        let seen = seen(&profile, "daemon");
        println!("{:?}: {seen:?}", python.version);
        assert_eq!(seen.keys().collect::<Vec<_>>(), [&daemon], "{python:?}: {told}");
        assert!(seen[&daemon] > 20, "{python:?}: {seen:?}");
    }
}

#[test]
fn a_process_that_has_ended_but_was_not_waited_for_is_said_to_have_ended() {
    let Some(python) = &newest_with_columns() else { return };
    let mut zombie = python.command().args(["-c", ""]).spawn().expect("it starts");
    let stat = format!("/proc/{}/stat", zombie.id());
    while !fs::read_to_string(&stat).expect("not waited for").contains(") Z ") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let attach = unslow().args(["attach", &zombie.id().to_string()]).output().expect("it runs");
    zombie.wait().expect("a status");
    let told = String::from_utf8_lossy(&attach.stderr).into_owned();
    assert_eq!(attach.status.code(), Some(2));
    assert!(told.contains("has ended"), "{told}");
}

#[test]
fn a_child_that_was_not_waited_for_disturbs_nothing() {
    let Some(python) = &newest_with_columns() else { return };
    let script = "\
import os, time
if os.fork() == 0: os._exit(0)
def parent():
    end = time.time() + 1
    while time.time() < end: pass
parent()
";
    let (profile, _) = record(python, script, &[]);
    let seen = seen(&profile, "parent");
    assert_eq!(seen.keys().collect::<Vec<_>>(), [&profile.target.pid]);
}
