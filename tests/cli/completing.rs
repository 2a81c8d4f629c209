//! What fish and zsh make of our completions; a machine that lacks one of them says so. bash is in
//! the transcripts.

use std::process::{Command, Stdio};

use crate::transcript::Stage;

/// A beginning, and what it becomes where only that is meant.
const LINES: &[(&str, &str)] = &[
    ("unslow --color n", "never"),
    ("unslow run --color al", "always"),
    ("unslow expl", "explain"),
    ("unslow explain list-m", "list-membership"),
    ("unslow report profile.pb.gz -f spe", "speedscope"),
    ("unslow merge one.pb.gz two.pb.gz -f spe", "speedscope"),
    ("unslow run --fail-on flo", "float-equality"),
    ("unslow run --fail-on sav", "saving>10%"),
    ("unslow man att", "attach"),
    ("unslow completions zs", "zsh"),
];

/// A stage with the completions for a shell; `None` where there is no such shell.
fn with(shell: &str, file: &str) -> Option<Stage> {
    if let Err(error) = Command::new(shell).arg("--version").stdout(Stdio::null()).status() {
        println!("skipped: {shell}: {error}");
        return None;
    }
    let stage = Stage::new(None);
    let script = stage.command("unslow").args(["completions", shell]).output().expect("a script");
    std::fs::write(stage.file(file), script.stdout).expect("a file");
    Some(stage)
}

fn output(mut command: Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("a shell");
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    printed.trim().to_owned()
}

#[test]
fn fish_completes_what_is_known() {
    let Some(stage) = with("fish", "unslow.fish") else { return };
    let offered = |line: &str| {
        let mut fish = stage.command("fish");
        fish.env("HOME", stage.file("")).args(["--no-config", "-c"]);
        fish.arg(format!("source unslow.fish; complete -C '{line}'"));
        output(fish)
    };
    for (line, expected) in LINES {
        let offered = offered(line);
        let words: Vec<&str> =
            offered.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
        assert_eq!(words, [*expected], "{line}");
    }
    assert_eq!(offered("unslow --color "), "always\nauto\nnever", "and no files");
}

#[test]
fn zsh_completes_what_is_known() {
    let Some(stage) = with("zsh", "_unslow") else { return };
    for (line, expected) in LINES {
        let mut zsh = stage.command("zsh");
        zsh.args(["-f", "complete.zsh", line]);
        let before = line.rsplit_once(' ').expect("several words").0;
        // As it has to stand in a line.
        let expected = expected.replace('>', "\\>");
        assert_eq!(output(zsh), format!("{before} {expected}"), "{line}");
    }
}
