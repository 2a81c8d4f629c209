//! What ends a verb before its end: one error line, its causes, and what to do next.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use super::outputs::file::OutputError;
use super::terminal::PrintError;
use crate::profile::file::ProfileError;
use crate::report::ReportError;
use crate::sample::AttachError;
use crate::target::TargetError;
use crate::text::Untrusted;

/// An error with what helps.
#[derive(Debug)]
pub(super) struct Failure {
    error: anyhow::Error,
    causes: Vec<String>,
    help: Vec<String>,
}

/// The result of a verb or a part of one.
pub(super) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure that says only this.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::caused_by(anyhow::Error::msg(message.into()))
    }

    fn caused_by(error: impl Into<anyhow::Error>) -> Self {
        Self { error: error.into(), causes: Vec::new(), help: Vec::new() }
    }

    /// With one more thing to do next, if it is not said yet.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        if !self.help.contains(&help) {
            self.help.push(help);
        }
        self
    }

    /// The same where that helps.
    fn help_if(self, helps: bool, help: &str) -> Self {
        if helps { self.help(help) } else { self }
    }

    /// With one more cause.
    pub(super) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// With what was being done.
    pub(super) fn context(mut self, doing: impl Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(doing);
        self
    }

    /// Prints it on standard error.
    pub(super) fn print(&self, color: bool) {
        // Nobody is left to tell when standard error is closed.
        let _ = std::io::stderr().write_all(self.text(color).as_bytes());
    }

    /// As it is printed. The colour is the error line's own; names of files and programs in it reach
    /// the terminal as text, whatever is in them.
    fn text(&self, color: bool) -> String {
        let (red, plain) = if color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let head = self.error.to_string();
        let safe = |line: &str| Untrusted::new(line).terminal();
        // Some errors say their cause themselves.
        let is_news = |cause: &String| !head.contains(cause.as_str());
        let chain = self.error.chain().skip(1).map(ToString::to_string).filter(is_news);
        let causes =
            chain.chain(self.causes.iter().cloned()).map(|c| format!("  because: {}\n", safe(&c)));
        let help = self.help.iter().map(|help| format!("help: {}\n", safe(help)));
        std::iter::once(format!("{red}error:{plain} {}\n", safe(&head)))
            .chain(causes)
            .chain(help)
            .collect()
    }
}

/// What lists processes that can be looked at.
pub(super) const LIST: &str = "list Python processes with: pgrep -a python";

impl From<AttachError> for Failure {
    fn from(error: AttachError) -> Self {
        let help = match &error {
            AttachError::Gone { .. } => Some(LIST.to_owned()),
            AttachError::NotPython { pid } => {
                Some(format!("what it started is listed by: pgrep -a -P {pid}"))
            }
            AttachError::TooOld { .. } => Some("run the program on a newer CPython".to_owned()),
            // The others say it themselves.
            _ => None,
        };
        help.into_iter().fold(Self::caused_by(error), Self::help)
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        let help = error.help().into_iter().collect();
        Self { help, ..Self::caused_by(error) }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let help = match &error {
            OutputError::NoNewFile { .. } => Some("name a file in a folder that you may write to"),
            OutputError::Io { source, .. } => Some(match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    "make room there, or name a file elsewhere"
                }
                _ => "name another file, or one in a folder that you may write to",
            }),
            OutputError::NoDirectory { .. } | OutputError::IsDirectory(_) => None,
        };
        help.into_iter().fold(Self::caused_by(error), Self::help)
    }
}

impl From<PrintError> for Failure {
    fn from(error: PrintError) -> Self {
        let of_stdout = error.is_of_stdout();
        let help = "send it somewhere that can be written to: > FILE, or | less";
        Self::caused_by(error).help_if(of_stdout, help)
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::caused_by(error)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::caused_by(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use advisors::Python;

    use super::*;
    use crate::cli::job;
    use crate::cli::recording::Ending;

    /// What would have to be done to meet these in a test is more than they are worth: the interpreter
    /// is too old, ends just then, is replaced.
    #[test]
    fn what_no_transcript_brings_about_says_what_to_do_too() {
        let old = AttachError::TooOld { pid: 42, version: Python::new(3, 5) };
        let new = AttachError::TooNew { pid: 42, version: Python::new(3, 99) };
        let exact = AttachError::NoExactWalk { pid: 42, version: Python::new(3, 10) };
        let refused = io::Error::from(io::ErrorKind::InvalidInput);
        let unstarted = TargetError::NotStarted { program: "./etl".into(), source: refused };
        let nothing = |ending| job::nothing_recorded(None, ending, 42);
        let failures: [(Failure, &str); 12] = [
            (AttachError::NoSuchProcess { pid: 42 }.into(), "`ps -e` lists those that run"),
            (AttachError::Gone { pid: 42 }.into(), LIST),
            (AttachError::Replaced { pid: 42 }.into(), "restart the process"),
            (exact.into(), "leave --exact out"),
            (old.into(), "3.6 or later\nhelp: run the program on a newer CPython"),
            (new.into(), "newer than this unslow; use a newer one"),
            (unstarted.into(), "help: see whether it starts without unslow: ./etl"),
            (ProfileError::TooLarge.into(), "record for less time"),
            (nothing(Ending::Stopped), "help: give it more time to start"),
            (nothing(Ending::Elapsed), LIST),
            (job::all_lost(42, 7, false), "help: hold it for each look: --exact"),
            (job::all_lost(42, 7, true), "help: look for longer: -d 30s"),
        ];
        for (failure, expected) in failures {
            let text = failure.text(false);
            assert!(text.starts_with("error: ") && text.contains(expected), "{text}");
        }
    }
}
