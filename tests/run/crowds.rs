//! More children than are sampled at a time, or than are remembered.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use unslow::limits;
use unslow::profile::file;

use super::processes::{record, report, seen};
use super::python_path;
use super::support::{newest_with_columns, unslow};

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

/// Thirty workers that outlive what starts them by nothing.
const WORKERS: &str = "\
import os, time
def work():
    while os.getppid() == parent:
        sum(range(1000))
parent = os.getpid()
for number in range(30):
    if os.fork() == 0:
        work()
        os._exit(0)
time.sleep(4)
os._exit(0)
";

#[test]
fn with_few_files_all_are_sampled_and_with_fewer_it_is_told() {
    let Some(python) = &newest_with_columns() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("program.py"), WORKERS).expect("a script");
    let sampled = |files: u32| {
        let script = format!("ulimit -n {files}; exec \"$@\"");
        let unslow = unslow();
        let status = std::process::Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(unslow.get_program())
            .args(["run", "-q", "-o", "profile.pb.gz", "--", python_path(python), "program.py"])
            .current_dir(folder.path())
            .status()
            .expect("unslow starts");
        assert!(status.success());
        let profile = file::load(&folder.path().join("profile.pb.gz")).expect("a profile");
        assert_eq!(profile.timing.too_short, 0, "{files}: {:?}", profile.timing);
        let pids: HashSet<u32> = profile.threads.iter().map(|thread| thread.pid).collect();
        (pids.len() as u64, profile.timing.unopened)
    };
    assert_eq!(sampled(64), (31, 0));
    let (seen, unopened) = sampled(10);
    assert!(seen + unopened >= 31, "{seen} were seen, and {unopened} told of");
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
