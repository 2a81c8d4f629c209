//! One run of `unslow run` over a Python program, and what came of it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use unslow::profile::{Profile, file};

use super::{Interpreter, unslow};

/// What `unslow run` wrote and printed.
pub struct Recording {
    /// The findings as JSON.
    pub findings: Value,
    /// The recording itself.
    pub profile: Profile,
    /// Exit status, standard output (the program's) and standard error (unslow's).
    pub output: Output,
}

/// Runs `arguments` under `python` and unslow, `rate` sweeps a second.
pub fn record(python: &Interpreter, rate: u32, arguments: &[&str]) -> Recording {
    record_with(&[], python, rate, arguments)
}

/// As [`record`], with further options for unslow.
pub fn record_with(
    options: &[&str],
    python: &Interpreter,
    rate: u32,
    arguments: &[&str],
) -> Recording {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (json, pprof) = (folder.path().join("findings.json"), folder.path().join("p.pb.gz"));
    let output = command(options, rate, &json, &pprof)
        .arg(&python.path)
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("unslow starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let findings = std::fs::read(&json).expect("findings were written");
    Recording {
        findings: serde_json::from_slice(&findings).expect("findings are JSON"),
        profile: file::load(&pprof).expect("the profile can be read"),
        output,
    }
}

fn command(options: &[&str], rate: u32, json: &Path, pprof: &Path) -> Command {
    let mut command = unslow();
    command
        .arg("run")
        .args(options)
        .args(["--rate", &rate.to_string(), "-o"])
        .arg(json)
        .arg("-o")
        .arg(pprof);
    command.arg("--");
    command
}

impl Recording {
    /// The ids of the advisors that spoke, best first.
    pub fn advisors(&self) -> Vec<&str> {
        self.list().iter().filter_map(|finding| finding["advisor"].as_str()).collect()
    }

    /// The findings, best first.
    pub fn list(&self) -> &[Value] {
        self.findings["findings"].as_array().expect("a list of findings")
    }

    /// What unslow printed.
    pub fn report(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}
