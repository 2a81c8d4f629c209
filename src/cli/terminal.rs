//! What is printed, where and in which colours.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};

use clap::ColorChoice;

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
    /// When the stream takes no more for another reason.
    pub(super) fn print(self, bytes: &[u8]) -> io::Result<()> {
        let printed = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(bytes).and_then(|()| stdout.flush())
            }
            Self::Stderr => io::stderr().lock().write_all(bytes),
        };
        match printed {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }
}

impl Manner {
    /// Whether to use colours on a stream (<https://no-color.org>).
    pub(super) fn colors(self, stream: Stream) -> bool {
        let no_color = std::env::var_os("NO_COLOR");
        let term = std::env::var_os("TERM");
        colors(self.color, stream.is_terminal(), no_color.as_deref(), term.as_deref())
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

fn colors(
    choice: ColorChoice,
    is_terminal: bool,
    no_color: Option<&OsStr>,
    term: Option<&OsStr>,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal
                && no_color.is_none_or(OsStr::is_empty)
                && term.is_none_or(|term| term != "dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_want_them() {
        let auto = |is_terminal, no_color: Option<&str>, term: Option<&str>| {
            colors(ColorChoice::Auto, is_terminal, no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(auto(true, None, Some("xterm")));
        assert!(auto(true, Some(""), None));
        assert!(!auto(true, Some("1"), Some("xterm")));
        assert!(!auto(true, None, Some("dumb")));
        assert!(!auto(false, None, Some("xterm")));
        assert!(colors(ColorChoice::Always, false, Some(OsStr::new("1")), None));
        assert!(!colors(ColorChoice::Never, true, None, None));
    }
}
