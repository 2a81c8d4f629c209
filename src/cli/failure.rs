//! What ends a verb before its end: one error line, its causes, and what to do next.

use std::fmt::Display;
use std::io::Write;

use crate::profile::{file::ProfileError, output::OutputError};
use crate::report::ReportError;
use crate::sample::AttachError;
use crate::target::TargetError;

/// An error with what helps.
#[derive(Debug)]
pub(super) struct Failure {
    error: anyhow::Error,
    help: Vec<String>,
}

/// The result of a verb or a part of one.
pub(super) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure that says only this.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { error: anyhow::Error::msg(message.into()), help: Vec::new() }
    }

    /// With one more thing to do next.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With more things to do next.
    pub(super) fn helps(mut self, help: Vec<String>) -> Self {
        self.help.extend(help);
        self
    }

    /// With what was being done.
    pub(super) fn context(mut self, doing: impl Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(doing);
        self
    }

    /// Prints it on standard error. The colour is the error line's own.
    pub(super) fn print(&self, color: bool) {
        let (red, plain) = if color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let mut text = format!("{red}error:{plain} {}\n", self.error);
        for cause in self.error.chain().skip(1) {
            text += &format!("  because: {cause}\n");
        }
        for help in &self.help {
            text += &format!("help: {help}\n");
        }
        // Nobody is left to tell when standard error is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

impl From<AttachError> for Failure {
    fn from(error: AttachError) -> Self {
        Self { error: error.into(), help: Vec::new() }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Self {
        let help = error.help().into_iter().collect();
        Self { error: error.into(), help }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        Self { error: error.into(), help: Vec::new() }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self { error: error.into(), help: Vec::new() }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self { error: error.into(), help: Vec::new() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { error: error.into(), help: Vec::new() }
    }
}
