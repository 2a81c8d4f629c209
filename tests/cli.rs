//! The command line as its users meet it: transcripts, exit codes, signals.

mod support;

#[path = "cli/completing.rs"]
mod completing;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/refused.rs"]
mod refused;
#[path = "cli/running.rs"]
mod running;
#[path = "cli/screen.rs"]
mod screen;
#[path = "cli/signals.rs"]
mod signals;
#[path = "cli/top.rs"]
mod top;
#[path = "cli/transcript.rs"]
mod transcript;

#[test]
fn transcripts_hold() {
    transcript::check("tests/cli", None);
}

#[test]
fn transcripts_with_python_hold() {
    if let Some(python) = support::newest_with_columns() {
        transcript::check("tests/cli/python", Some(&python));
    }
}
