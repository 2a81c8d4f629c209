//! What ends a verb before its end: one error line, its causes, and what to do next.

use std::fmt::Display;
use std::io::Write;

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

    /// Prints it on standard error. The colour is the error line's own; names of files and programs
    /// in it reach the terminal as text, whatever is in them.
    pub(super) fn print(&self, color: bool) {
        let (red, plain) = if color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let head = self.error.to_string();
        let safe = |line: &str| Untrusted::new(line).terminal();
        // Some errors say their cause themselves.
        let is_news = |cause: &String| !head.contains(cause.as_str());
        let chain = self.error.chain().skip(1).map(ToString::to_string).filter(is_news);
        let causes =
            chain.chain(self.causes.iter().cloned()).map(|c| format!("  because: {}\n", safe(&c)));
        let help = self.help.iter().map(|help| format!("help: {}\n", safe(help)));
        let text: String = std::iter::once(format!("{red}error:{plain} {}\n", safe(&head)))
            .chain(causes)
            .chain(help)
            .collect();
        // Nobody is left to tell when standard error is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

impl From<AttachError> for Failure {
    fn from(error: AttachError) -> Self {
        Self::caused_by(error)
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
        let is_refused = matches!(error, OutputError::NoNewFile { .. });
        let help = "name a file in a folder that you may write to";
        Self::caused_by(error).help_if(is_refused, help)
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
