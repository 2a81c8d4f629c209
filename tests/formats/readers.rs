//! Formats read by the programs that they are for, which `scripts/get-readers` fetches; without one of
//! them its test says so and is skipped. speedscope reads its own in `tests/page.rs`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use unslow::profile::Profile;
use unslow::report::View;

use crate::fixture::{deep, hostile, in_order, orders};
use crate::{named, render};

type Of = (Profile, unslow::advise::Advice);

fn reader(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/readers").join(name);
    if !path.exists() {
        println!("skipped: {name} is not there; scripts/get-readers fetches it");
        return None;
    }
    Some(path)
}

/// A profile in a format, as a file of that name.
fn file(of: &Of, format: &str, name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, render(named(format), of, &View::default())).expect("written");
    (folder, path)
}

fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn pprofs_own_tool_takes_the_profile() {
    let Some(pprof) = reader("pprof") else { return };
    for of in [orders(), hostile(), deep(900)] {
        let (folder, profile) = file(&of, "pprof", "profile.pb.gz");
        let mut tool = Command::new(&pprof);
        tool.args(["-top", "-nodecount=5"]).arg(profile).env("PPROF_TMPDIR", folder.path());
        let top = text(&tool.output().expect("pprof starts"));
        assert!(top.contains("Type: wall"), "{top}");
        if of.0 == orders().0 {
            let first = top.lines().find(|line| line.ends_with("dedupe")).expect("the hottest");
            let milliseconds = 2350.0 * of.0.timing.sample_seconds() * 1e3;
            assert!(first.contains(&format!("{milliseconds:.2}ms")), "{top}");
        }
    }
}

#[test]
fn gprof2dot_draws_the_call_graph() {
    let Some(script) = reader("gprof2dot.py") else { return };
    for of in [orders(), hostile(), deep(900)] {
        for (format, name) in [("pstats", "x.pstats"), ("callgrind", "x.callgrind")] {
            let (_folder, path) = file(&of, format, name);
            let mut python = Command::new("python3");
            python.arg("-B").arg(&script).args(["-n0", "-e0", "-f", format]).arg(path);
            let graph = text(&python.env("PYTHONIOENCODING", "utf-8").output().expect("python"));
            assert!(graph.starts_with("digraph {") && graph.contains("->"), "{format}: {graph}");
            if of.0 == orders().0 {
                assert!(graph.contains("dedupe") && graph.contains("render"), "{format}: {graph}");
            }
        }
    }
}

/// What `profiler-cli load` starts, which gives it half a second to listen: too little on a machine that
/// is busy. Its other commands ask the daemon of the folder for its sessions.
struct Daemon {
    process: Child,
    tool: PathBuf,
    sessions: PathBuf,
}

impl Daemon {
    /// One that has loaded the profile.
    fn of(tool: &Path, profile: &Path, folder: &Path) -> Self {
        let mut daemon = command(tool, folder);
        daemon.arg("--daemon").arg(profile).args(["--session", "test"]);
        let process = daemon.stdout(Stdio::null()).spawn().expect("profiler-cli starts");
        let mut daemon = Self { process, tool: tool.to_owned(), sessions: folder.to_owned() };
        let log = folder.join("test.log");
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        while !said().contains("Profile loaded successfully") {
            let ended = daemon.process.try_wait().expect("a status");
            let refused = ended.is_some() || said().contains("Failed to load");
            assert!(!refused, "{ended:?}: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    fn command(&self) -> Command {
        command(&self.tool, &self.sessions)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(tool: &Path, sessions: &Path) -> Command {
    let mut command = Command::new(tool);
    command.env("PROFILER_CLI_SESSION_DIR", sessions);
    command
}

/// The importers of the Firefox Profiler, which has one for Chrome's traces too: their spans are markers
/// to it.
#[test]
fn the_firefox_profiler_takes_its_own_format_and_chromes() {
    let Some(tool) = reader("node_modules/.bin/profiler-cli") else { return };
    for of in [orders(), in_order(orders()), in_order(hostile())] {
        for (format, name, what) in
            [("firefox", "x.json", "functions"), ("chrome", "x.trace.json", "markers")]
        {
            let (folder, path) = file(&of, format, name);
            let daemon = Daemon::of(&tool, &path, folder.path());
            let listed = daemon.command().args(["thread", what]).output().expect("it starts");
            let listed = text(&listed);
            let is_empty = [" 0 functions", " 0 markers"].iter().any(|it| listed.contains(it));
            assert!(!is_empty, "{format}: {listed}");
            if of.0.counts == orders().0.counts {
                assert!(listed.contains("dedupe"), "{format}: {listed}");
            }
        }
    }
}
