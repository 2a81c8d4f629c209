//! What ends a verb before its end: one error line, its causes, and what to do next.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use super::outputs::file::OutputError;
use super::terminal::PrintError;
use crate::profile::file::ProfileError;
use crate::report::ReportError;
use crate::sample::{AttachError, Gone};
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
            AttachError::NoSuchProcess { .. } | AttachError::Gone { .. } => Some(LIST.to_owned()),
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

impl From<Gone> for Failure {
    fn from(gone: Gone) -> Self {
        Self::caused_by(gone).help(LIST)
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
        let is_bug = error.is_bug();
        Self::caused_by(error).help_if(is_bug, "a bug in unslow; another format may do, see -f")
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
    use crate::cli::recording::Ending;
    use crate::cli::{job, top};

    /// What would have to be done to meet these in a test is more than they are worth: the interpreter
    /// is too old, ends just then, is replaced; a library fails.
    #[test]
    fn what_no_transcript_brings_about_says_what_to_do_too() {
        let old = AttachError::TooOld { pid: 42, version: Python::new(3, 5) };
        let new = AttachError::TooNew { pid: 42, version: Python::new(4, 0) };
        let version = Python::new(3, 10);
        let deep = AttachError::TooDeep { pid: 42, version };
        let crowd = AttachError::TooManyThreads { pid: 42, version };
        let exact = AttachError::NoExactWalk { pid: 42, version: Python::new(3, 10) };
        let refused = || io::Error::from(io::ErrorKind::InvalidInput);
        let unstarted = TargetError::NotStarted { program: "./etl".into(), source: refused() };
        let json = serde_json::from_str::<()>("").expect_err("no JSON");
        let xml = quick_junit::SerializeError::from(refused());
        let nothing = |ending| job::nothing_recorded(None, ending, 42);
        let failures: [(Failure, &str); 21] = [
            (
                AttachError::NoSuchProcess { pid: 42 }.into(),
                "there is no process 42\nhelp: list Python processes with: pgrep -a python",
            ),
            (
                AttachError::Gone { pid: 42 }.into(),
                "process 42 has ended\nhelp: list Python processes with: pgrep -a python",
            ),
            (
                Gone.into(),
                "the process has ended\nhelp: list Python processes with: pgrep -a python",
            ),
            (
                AttachError::Replaced { pid: 42 }.into(),
                "the Python library of process 42 was replaced while it runs, and the old one cannot be \
                 read; restart the process (with CPython 3.11 and later, root can read it)",
            ),
            (
                AttachError::TooManyFiles { pid: 42 }.into(),
                "process 42 cannot be looked at: unslow may not open more files; allow it with ulimit -n \
                 1024, and start unslow again",
            ),
            (
                deep.into(),
                "a thread of process 42 has a stack of more than 4,096 frames, which is more than can be \
                 read of CPython 3.10.0; try again once it has returned, or run the program on CPython \
                 3.11 or later",
            ),
            (
                crowd.into(),
                "process 42 has more than 4,096 threads, which is more than can be attached to in \
                 CPython 3.10.0; sample it from its start with unslow run, or run it on CPython 3.11 or \
                 later",
            ),
            (
                job::all_too_deep(42, 7),
                "nothing was recorded of process 42\n  because: 7 looks at its threads found stacks of \
                 more than 4,096 frames, too deep to be read of CPython 3.10 and earlier\n\
                 help: run the program on CPython 3.11 or later",
            ),
            (
                exact.into(),
                "process 42 runs CPython 3.10.0, and --exact needs 3.11 or later on x86-64; leave \
                 --exact out",
            ),
            (
                old.into(),
                "process 42 runs CPython 3.5.0; unslow reads 2.7 and 3.6 or later\n\
                 help: run the program on a newer CPython",
            ),
            (
                new.into(),
                "process 42 runs CPython 4.0.0, which is newer than this unslow; use a newer one",
            ),
            (
                unstarted.into(),
                "cannot start ./etl\n  because: invalid input parameter\n\
                 help: see whether it starts without unslow: ./etl",
            ),
            (
                ProfileError::TooLarge.into(),
                "the profile is too large; record for less time or at a lower --rate",
            ),
            (
                ReportError::Drawing(refused()).into(),
                "cannot draw the flamegraph: invalid input parameter\n\
                 help: a bug in unslow; another format may do, see -f",
            ),
            (
                ReportError::Json(json).into(),
                "cannot write JSON: EOF while parsing a value at line 1 column 0\n\
                 help: a bug in unslow; another format may do, see -f",
            ),
            (
                ReportError::Xml(xml).into(),
                "cannot write XML: error serializing JUnit report\n  because: I/O error: invalid input \
                 parameter\n  because: invalid input parameter\n\
                 help: a bug in unslow; another format may do, see -f",
            ),
            (
                nothing(Ending::Stopped),
                "nothing was recorded of process 42: no Python was up in it yet\n\
                 help: give it more time to start",
            ),
            (
                nothing(Ending::Elapsed),
                "nothing was recorded of process 42: no thread of it ran Python\n\
                 help: list Python processes with: pgrep -a python",
            ),
            (
                job::all_lost(42, 7, false),
                "nothing was recorded of process 42\n  because: 7 looks at its threads found stacks \
                 that changed or made no sense\nhelp: hold it for each look: --exact",
            ),
            (
                job::all_lost(42, 7, true),
                "nothing was recorded of process 42\n  because: 7 looks at its threads found stacks \
                 that changed or made no sense\nhelp: look for longer: -d 30s",
            ),
            (
                top::sampling_failed(),
                "sampling failed: a bug in unslow\n\
                 help: what was seen is told by a recording: unslow attach PID -d 5s",
            ),
        ];
        for (failure, expected) in failures {
            assert_eq!(failure.text(false), format!("error: {expected}\n"));
        }
    }
}
