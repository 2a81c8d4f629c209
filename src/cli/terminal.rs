//! What is printed, where and in which colours.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ColorChoice;
use rustix::io::{Errno, fcntl_getfd};

use crate::text::Untrusted;

/// Columns when nothing tells how wide the terminal is.
const WIDTH: usize = 100;

/// How the user wants to be spoken to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// When to use colours.
    pub(super) color: ColorChoice,
    /// No progress, notes and findings: only errors and what was asked for as an output.
    pub(super) quiet: bool,
}

/// Whether whoever started us closed standard output.
static IS_STDOUT_CLOSED: AtomicBool = AtomicBool::new(false);

/// Before `main`, the standard library opens the null device where nothing is open: to write there
/// succeeds, and what was asked for is gone.
#[ctor::ctor(unsafe)]
fn look_at_stdout() {
    let is_closed = fcntl_getfd(rustix::stdio::stdout()) == Err(Errno::BADF);
    IS_STDOUT_CLOSED.store(is_closed, Ordering::Relaxed);
}

impl PrintError {
    pub(super) fn is_of_stdout(&self) -> bool {
        self.stream == STDOUT
    }
}

/// Something did not reach its reader.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard {stream}")]
pub(super) struct PrintError {
    stream: &'static str,
    source: io::Error,
}

const STDOUT: &str = "output";

/// A stream that a person or a program may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output: data.
    Stdout,
    /// Standard error: notes, and the findings of `run`.
    Stderr,
}

impl Stream {
    fn is_terminal(self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        }
    }

    /// Columns of the terminal, or what a file is made for.
    pub(super) fn width(self) -> usize {
        let size = match self {
            Self::Stdout => rustix::termios::tcgetwinsize(io::stdout()),
            Self::Stderr => rustix::termios::tcgetwinsize(io::stderr()),
        };
        size.ok()
            .map(|size| usize::from(size.ws_col))
            .filter(|&columns| columns > 0)
            .unwrap_or(WIDTH)
    }

    /// Prints. A reader that has gone away, such as `head`, had what it wanted.
    ///
    /// # Errors
    /// When the stream is closed, or takes no more for another reason.
    pub(super) fn print(self, bytes: &[u8]) -> Result<(), PrintError> {
        self.check(match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush())
            }
            Self::Stderr => io::stderr().lock().write_all(bytes),
        })
    }

    /// What came of printing to it.
    ///
    /// # Errors
    /// As [`Stream::print`].
    pub(super) fn check(self, printed: io::Result<()>) -> Result<(), PrintError> {
        let stream = match self {
            Self::Stdout => STDOUT,
            Self::Stderr => "error",
        };
        match printed {
            Ok(()) if self == Self::Stdout && IS_STDOUT_CLOSED.load(Ordering::Relaxed) => {
                Err(PrintError { stream, source: Errno::BADF.into() })
            }
            Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                Err(PrintError { stream, source })
            }
            _ => Ok(()),
        }
    }
}

impl Manner {
    /// Whether to use colours on a stream.
    pub(super) fn colors(self, stream: Stream) -> bool {
        colors(self.color, stream.is_terminal(), |name| std::env::var_os(name))
    }

    /// A line of our own on standard error, told apart from the program's by its start.
    /// Names of files in it reach the terminal as text, whatever is in them.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            // Nobody is left to tell when standard error is closed.
            let line = Untrusted::new(text).terminal();
            let _ = Stream::Stderr.print(format!("unslow: {line}\n").as_bytes());
        }
    }
}

/// How the help is to be coloured, which comes before `--color` is known.
pub(super) fn forced() -> ColorChoice {
    match colors(ColorChoice::Auto, false, |name| std::env::var_os(name)) {
        true => ColorChoice::Always,
        false => ColorChoice::Auto,
    }
}

/// In the order in which CPython asks them (`Lib/_colorize.py`, 3.14): `NO_COLOR`
/// (<https://no-color.org>), `FORCE_COLOR` (<https://force-color.org>), the terminal.
fn colors(
    choice: ColorChoice,
    is_terminal: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let is_zero = |name| variable(name).is_some_and(|value| value == "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if is_set("NO_COLOR") => false,
        // As Node.js has it: https://nodejs.org/api/cli.html#force_color1-2-3
        ColorChoice::Auto if is_zero("FORCE_COLOR") => false,
        ColorChoice::Auto if is_set("FORCE_COLOR") => true,
        ColorChoice::Auto => is_terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let with = |choice, is_terminal, set: &[(&str, &str)]| {
            let value = |name: &str| set.iter().find(|(it, _)| *it == name).map(|it| it.1.into());
            colors(choice, is_terminal, value)
        };
        let auto = |is_terminal, set: &[(&str, &str)]| with(ColorChoice::Auto, is_terminal, set);
        assert!(auto(true, &[("TERM", "xterm")]));
        assert!(auto(true, &[("NO_COLOR", ""), ("FORCE_COLOR", "")]));
        assert!(!auto(true, &[("NO_COLOR", "1"), ("TERM", "xterm")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
        assert!(!auto(false, &[("TERM", "xterm"), ("FORCE_COLOR", "")]));
        assert!(auto(false, &[("TERM", "dumb"), ("FORCE_COLOR", "1")]));
        assert!(!auto(true, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
        assert!(!auto(true, &[("FORCE_COLOR", "0"), ("TERM", "xterm")]));
        assert!(with(ColorChoice::Always, false, &[("NO_COLOR", "1")]));
        assert!(!with(ColorChoice::Never, true, &[("FORCE_COLOR", "1")]));
    }
}
