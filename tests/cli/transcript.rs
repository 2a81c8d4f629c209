//! Literate transcripts: Markdown files whose `console` blocks are run and compared.
//!
//! A line `$ command` is run by a shell in a folder of its own, with `unslow` and `python` on the
//! path. What it prints, standard error included, stands below it, then `? code` when the exit
//! code was not 0. `[..]` stands for anything within a line, a line `...` for any lines, `[DIR]`
//! for the folder. `SNAPSHOTS=overwrite cargo test` writes what was printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::Data;
use tempfile::TempDir;

use crate::support::{Interpreter, repository};

/// A folder with the programs of the transcripts, and an environment to run them in.
pub(crate) struct Stage {
    folder: TempDir,
    path: std::ffi::OsString,
}

impl Stage {
    /// A fresh folder; `python` is the one given, if any.
    pub(crate) fn new(python: Option<&Interpreter>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&repository("tests/cli/programs"), folder.path());
        let tools = folder.path().join(".tools");
        std::fs::create_dir(&tools).expect("a folder");
        let link = |target: &Path, name: &str| {
            std::os::unix::fs::symlink(target, tools.join(name)).expect("a link");
        };
        link(Path::new(env!("CARGO_BIN_EXE_unslow")), "unslow");
        for name in ["python", "python3"] {
            python.inspect(|python| link(&python.path, name));
        }
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(tools).chain(std::env::split_paths(&inherited));
        Self { path: std::env::join_paths(path).expect("a path"), folder }
    }

    /// A file or folder in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command in this folder and environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("PATH", &self.path).env("NO_COLOR", "1");
        for variable in ["UNSLOW_PYTHON", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "TERM"] {
            command.env_remove(variable);
        }
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// What a command line prints, and its exit code when that is not 0, as a transcript has it.
    fn run(&self, line: &str) -> String {
        let script = format!("exec 2>&1\n{line}");
        let output = self
            .command("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let folder = self.folder.path().to_str().expect("a folder's name");
        let mut printed = String::from_utf8_lossy(&output.stdout).replace(folder, "[DIR]");
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        match output.status.code() {
            Some(0) => printed,
            code => printed + &format!("? {}\n", code.unwrap_or(-1)),
        }
    }
}

/// Runs every transcript in a folder of the repository and compares.
pub(crate) fn check(folder: &str, python: Option<&Interpreter>) {
    let entries = std::fs::read_dir(repository(folder)).expect("transcripts");
    let mut transcripts: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    transcripts.sort();
    assert!(!transcripts.is_empty(), "no transcripts in {folder}");
    for path in transcripts {
        println!("{}", path.display());
        let text = std::fs::read_to_string(&path).expect("readable");
        let actual = replay(&text, &Stage::new(python));
        snapbox::Assert::new()
            .action_env("SNAPSHOTS")
            .normalize_paths(false)
            .eq(Data::text(actual), Data::read_from(&path, None));
    }
}

/// The transcript with what its commands print now.
fn replay(transcript: &str, stage: &Stage) -> String {
    let mut actual = String::new();
    let mut is_console = false;
    for line in transcript.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        }
        let command = line.strip_prefix("$ ").filter(|_| is_console);
        if command.is_some() || !is_console || line == "```console" {
            actual += line;
            actual.push('\n');
        }
        actual += &command.map_or_else(String::new, |command| stage.run(command));
    }
    actual
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("programs") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).expect("a copy")),
        }
    }
}
