//! Children of every kind, and crowds of them.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use unslow::limits;
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

/// Seventy workers, of which the first ten end before the others, which outlive their parent.
const CROWD: &str = "\
import os, sys, time
parent = os.getpid()
for number in range(70):
    if os.fork() == 0:
        end = time.time() + float(sys.argv[1])
        while os.getppid() == parent and (number >= 10 or time.time() < end):
            time.sleep(0.1)
        os._exit(0)
time.sleep(6)
os._exit(0)
";

#[test]
fn sixty_four_processes_are_sampled_at_once_and_the_rest_counted() {
    let Some(python) = &newest_with_columns() else { return };
    let (profile, _) = record(python, CROWD, &["100"]);
    let sampled: HashSet<u32> = profile.threads.iter().map(|thread| thread.pid).collect();
    assert_eq!(sampled.len(), limits::SAMPLED_PROCESSES);
    let timing = &profile.timing;
    assert_eq!((timing.left_out, timing.kept_waiting), (71 - 64, 0));
    assert!(timing.waited > 0 && timing.waited == timing.waited_of, "{timing:?}");
    let report = report(&profile);
    assert!(report.contains("7 processes left out"), "{report}");
    assert!(report.contains("7 processes had no place for 100 % of their time"), "{report}");
}

#[test]
fn one_that_waits_takes_the_place_of_one_that_ends() {
    let Some(python) = &newest_with_columns() else { return };
    let (profile, _) = record(python, CROWD, &["3"]);
    let sampled: HashSet<u32> = profile.threads.iter().map(|thread| thread.pid).collect();
    let timing = &profile.timing;
    assert_eq!((sampled.len(), timing.left_out, timing.kept_waiting), (71, 0, 7));
    // Three seconds of six, or somewhat more on a busy machine.
    let part = timing.waited as f64 / timing.waited_of as f64;
    assert!((0.3..0.8).contains(&part), "{timing:?}");
    let report = report(&profile);
    assert!(report.contains("7 processes kept waiting for a place"), "{report}");
    assert!(report.contains("7 processes had no place for"), "{report}");
}

const SHORT: &str = "\
import os
def parent():
    for _ in range(4000):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
parent()
";

#[test]
fn four_thousand_short_children_cost_little_and_lose_nothing_of_their_parent() {
    let Some(python) = &newest_with_columns() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("program.py"), SHORT).expect("a script");
    let mut child = unslow()
        .args(["run", "-q", "-o", "profile.pb.gz", "--", python_path(python), "program.py"])
        .current_dir(folder.path())
        .spawn()
        .expect("unslow starts");
    let (mut files, mut cpu, began) = (0, 0.0, Instant::now());
    let status = loop {
        let proc = format!("/proc/{}", child.id());
        files = files.max(fs::read_dir(format!("{proc}/fd")).map_or(0, Iterator::count));
        cpu = processor_seconds(Path::new(&proc)).unwrap_or(cpu);
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success());
    let wall = began.elapsed().as_secs_f64();
    let profile = file::load(&folder.path().join("profile.pb.gz")).expect("a profile");
    if profile.timing.too_short > 0 {
        let told = format!("at least {} process", profile.timing.too_short);
        assert!(report(&profile).contains(&told), "{}", report(&profile));
    }
    let samples = seen(&profile, "parent").get(&profile.target.pid).copied().unwrap_or(0);
    let sweeps = profile.timing.sweeps;
    println!("{files} files, {cpu:.2} s of {wall:.2} s, {samples} samples in {sweeps} sweeps");
    assert!(files < 300, "{files} open files");
    assert!(cpu < 0.5 * wall, "{cpu} s of processor time in {wall} s");
    let own = profile.timing.own_seconds;
    assert!(own > 0.3 * cpu && own < 1.1 * cpu + 0.1, "{own} s are told of {cpu} s");
    assert!(samples as f64 > 0.8 * sweeps as f64, "{samples} samples in {sweeps} sweeps");
    assert!(profile.processes.len() <= limits::PROCESSES + limits::PROCESSES_REMEMBERED);
}

/// Processor time that a process itself has used so far.
fn processor_seconds(proc: &Path) -> Option<f64> {
    let stat = fs::read_to_string(proc.join("stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    let seconds = (ticks(14)? + ticks(15)?) / rustix::param::clock_ticks_per_second() as f64;
    (seconds > 0.0).then_some(seconds)
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
