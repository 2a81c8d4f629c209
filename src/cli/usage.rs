//! Command lines that are none, and requests for help: what is printed, and what to do next.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::FAILED;
use super::failure::{Failure, LIST};
use super::terminal::{Manner, Stream};

/// Prints an answer of the command line's parser, and gives the exit code.
pub(super) fn answer(error: &Error, words: &[OsString], manner: Manner) -> u8 {
    if let Some(failure) = program_without_verb(error) {
        failure.print(manner.colors(Stream::Stderr));
        return FAILED;
    }
    let printed = error.print().and_then(|()| io::stdout().flush());
    if error.use_stderr() {
        let help: String = next(error, words).iter().map(|it| format!("help: {it}\n")).collect();
        // Nobody is left to tell when standard error is closed.
        let _ = Stream::Stderr.print(help.as_bytes());
        return FAILED;
    }
    match Stream::Stdout.check(printed) {
        Err(error) => {
            Failure::from(error).print(manner.colors(Stream::Stderr));
            FAILED
        }
        Ok(()) => 0,
    }
}

/// `unslow etl.py`
fn program_without_verb(error: &Error) -> Option<Failure> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let path = Path::new(word);
    let is_script =
        path.extension().is_some_and(|end| end == "py") || is_recording(word) || path.is_file();
    if error.kind() != ErrorKind::InvalidSubcommand || !is_script {
        return None;
    }
    let failure = Failure::new(format!("{word} is no verb"));
    Some(match is_recording(word) {
        true => failure.help(format!("to look at a recording: unslow report {word}")),
        false => failure.help(format!("to run a program: unslow run {word}")),
    })
}

/// Whether it is called like a recording: `profile.pb.gz`.
fn is_recording(word: &str) -> bool {
    word.ends_with(".pb.gz")
}

/// What to do next where the parser does not know it.
fn next(error: &Error, words: &[OsString]) -> Vec<&'static str> {
    let verb =
        words.iter().skip(1).find_map(|word| word.to_str().filter(|it| !it.starts_with('-')));
    let is_missing = error.kind() == ErrorKind::MissingRequiredArgument;
    match verb {
        Some("attach" | "dump" | "top") if is_missing => vec![LIST],
        Some("record") if is_missing => {
            vec!["to start a program and record it: unslow record -o FILE -- python etl.py", LIST]
        }
        _ => Vec::new(),
    }
}
