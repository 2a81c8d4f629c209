//! `unslow run` on every CPython found: a script and a module, their output and exit codes their
//! own, their stacks recorded.

mod support;

#[path = "run/asyncio.rs"]
mod asyncio;
#[path = "run/crowds.rs"]
mod crowds;
#[path = "run/footprint.rs"]
mod footprint;
#[path = "run/mounts.rs"]
mod mounts;
#[path = "run/processes.rs"]
mod processes;
#[path = "run/programs.rs"]
mod programs;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::{Interpreter, interpreters, unslow};
use unslow::profile::{Profile, file};

/// Busy for a second, then says so and exits with its argument.
const PROGRAM: &str = "\
import sys, time

def work(until):
    total = 0
    while time.time() < until:
        for i in range(1000):
            total += i
    return total

if __name__ == '__main__':
    work(time.time() + 1)
    sys.stdout.write('done ' + sys.argv[1] + '\\n')
    sys.exit(int(sys.argv[1]))
";

#[test]
fn scripts_keep_their_output_and_exit_code() {
    for python in interpreters() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("job.py"), PROGRAM).expect("a script");
        let output = run(folder.path(), python, &["--", python_path(python), "job.py", "9"]);
        check(&output, python, folder.path(), 9);
    }
}

#[test]
fn modules_are_run_as_python_does() {
    for python in interpreters() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let package = folder.path().join("nightly");
        fs::create_dir(&package).expect("a package");
        fs::write(package.join("__init__.py"), "").expect("a file");
        fs::write(package.join("job.py"), PROGRAM).expect("a module");
        let output = run(folder.path(), python, &["-m", "nightly.job", "0"]);
        check(&output, python, folder.path(), 0);
    }
}

fn python_path(python: &Interpreter) -> &str {
    python.path.to_str().expect("UTF-8")
}

fn run(folder: &Path, python: &Interpreter, arguments: &[&str]) -> Output {
    unslow()
        .args(["run", "-q", "-o", "profile.pb.gz"])
        .args(arguments)
        .env("UNSLOW_PYTHON", &python.path)
        .current_dir(folder)
        .output()
        .expect("unslow starts")
}

fn check(output: &Output, python: &Interpreter, folder: &Path, code: i32) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{python:?}: {told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("done {code}\n"), "{python:?}");
    let profile = file::load(&folder.join("profile.pb.gz")).expect("a profile");
    let ran = profile.target.python.map(|python| (python.major, python.minor));
    assert_eq!(ran, Some(python.version), "{told}");
    let (busy, working) = (profile.busy_samples(), samples_in(&profile, "work"));
    println!("{:?}: {working} of {busy} busy samples in work()", python.version);
    assert!(working >= 30 && working * 10 >= busy * 7, "{python:?}: {working} of {busy}");
}

fn samples_in(profile: &Profile, function: &str) -> u64 {
    let within = |stack| profile.frames(stack).any(|frame| frame.code.name.data() == function);
    let busy = profile.counts.iter().filter(|count| count.state.is_busy());
    busy.filter(|count| within(count.stack)).map(|count| count.samples).sum()
}
